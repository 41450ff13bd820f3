class InsufficientFunds(Exception):
    def __init__(self, missing):
        pass


class BankAccount:
    def __init__(self, owner):
        pass

    def deposit(self, amount):
        pass

    def withdraw(self, amount):
        pass
