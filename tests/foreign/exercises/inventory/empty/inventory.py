from dataclasses import dataclass, field


@dataclass(frozen=True)
class Item:
    name: str
    price: float
    count: int = 0


@dataclass
class Warehouse:
    items: list = field(default_factory=list)

    def add(self, item):
        pass

    def value(self):
        pass

    def find(self, name):
        pass
