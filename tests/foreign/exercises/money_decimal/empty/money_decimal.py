from decimal import ROUND_HALF_UP, Decimal


def round_cents(amount):
    pass


def split_bill(amount, people):
    pass
