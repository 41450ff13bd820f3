import functools
from decimal import Decimal

RATES = {"USD": Decimal("1.1")}


@functools.total_ordering
class Price:
    def __init__(self, amount, unit):
        self.amount = Decimal(amount)
        self.unit = unit

    def __eq__(self, other):
        if not isinstance(other, Price):
            return NotImplemented
        return (self.amount, self.unit) == (other.amount, other.unit)

    def __lt__(self, other):
        return self.amount < other.amount

    def __add__(self, other):
        if not isinstance(other, Price):
            return NotImplemented
        if self.unit != other.unit:
            raise ValueError(f"{self.unit} and {other.unit} do not mix")
        return Price(self.amount + other.amount, self.unit)

    def __str__(self):
        return f"{self.amount:.2f} {self.unit}"

    def to(self, unit):
        return Price(self.amount * RATES[unit], unit)


def total(prices):
    return functools.reduce(lambda one, other: one + other, prices)
