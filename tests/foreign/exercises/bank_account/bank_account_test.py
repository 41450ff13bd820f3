import threading
import time
import unittest

from bank_account import BankAccount, InsufficientFunds


class BankAccountTest(unittest.TestCase):
    def setUp(self):
        self.account = BankAccount("Ada")

    def test_starts_empty(self):
        self.assertEqual(self.account.balance, 0)

    def test_deposit(self):
        self.account.deposit(100)
        self.account.deposit(50)
        self.assertEqual(self.account.balance, 150)

    def test_withdraw(self):
        self.account.deposit(100)
        self.account.withdraw(30)
        self.assertEqual(self.account.balance, 70)

    def test_overdraft(self):
        self.account.deposit(10)
        with self.assertRaises(InsufficientFunds) as err:
            self.account.withdraw(11)
        self.assertEqual(err.exception.missing, 1)
        self.assertEqual(self.account.balance, 10)

    def test_insufficient_funds_is_an_exception(self):
        self.assertTrue(issubclass(InsufficientFunds, Exception))

    def test_negative_amounts(self):
        for action in (self.account.deposit, self.account.withdraw):
            with self.assertRaises(ValueError):
                action(-1)

    def test_owner(self):
        self.assertEqual(self.account.owner, "Ada")

    def test_many_at_once(self):
        self.account.deposit(100)

        def pay_back():
            self.account.deposit(5)
            time.sleep(0.001)
            self.account.withdraw(5)

        threads = [threading.Thread(target=pay_back) for _ in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.account.balance, 100)
