from dataclasses import dataclass, field


@dataclass
class Item:
    name: str
    price: float
    count: int = 0


@dataclass
class Warehouse:
    items: list = field(default_factory=list)

    def add(self, item):
        self.items.append(item)

    def value(self):
        return sum(item.price * item.count for item in self.items)

    def find(self, name):
        return next((item for item in self.items if item.name == name), None)
