from decimal import ROUND_HALF_UP, Decimal


def round_cents(amount):
    return amount.quantize(Decimal("0.01"))


def split_bill(amount, people):
    if people < 1:
        raise ValueError("at least one person pays")
    cents, left = divmod(int(amount * 100), people)
    return [Decimal(cents + (number < left)) / 100 for number in range(people)]
