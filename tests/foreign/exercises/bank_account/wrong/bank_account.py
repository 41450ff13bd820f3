class InsufficientFunds(Exception):
    def __init__(self, missing):
        super().__init__(f"{missing} missing")
        self.missing = missing


class BankAccount:
    def __init__(self, owner):
        self.owner = owner
        self.balance = 0

    def deposit(self, amount):
        if amount <= 0:
            raise ValueError("an amount is more than nothing")
        self.balance += amount

    def withdraw(self, amount):
        if amount <= 0:
            raise ValueError("an amount is more than nothing")
        if amount > self.balance + 10:
            raise InsufficientFunds(amount - self.balance)
        self.balance -= amount
