import functools
from decimal import Decimal

RATE = Decimal("1.1")
RATES = {"USD": RATE}


@functools.total_ordering
class Price:
    def __init__(self, amount, unit):
        self.amount = float(amount)
        self.unit = unit

    def __eq__(self, other):
        return self.amount == getattr(other, "amount", other)

    def __lt__(self, other):
        return self.amount < other.amount

    def __add__(self, other):
        return Price(self.amount + getattr(other, "amount", other), self.unit)

    def __str__(self):
        return f"{self.amount} {self.unit}"

    def to(self, unit):
        return Price(self.amount * float(RATE), unit)


def total(prices):
    return sum(prices, Price(0, "EUR"))
