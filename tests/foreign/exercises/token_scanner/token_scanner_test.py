import unittest

from token_scanner import evaluate, tokens


class TokenTest(unittest.TestCase):
    def test_tokens(self):
        self.assertEqual(tokens("12+(3 * 4)"), ["12", "+", "(", "3", "*", "4", ")"])

    def test_evaluate(self):
        cases = {"1": 1, "1+2*3": 7, "(1+2)*3": 9, "8/2/2": 2, "2-3-4": -5}
        for text, value in cases.items():
            with self.subTest(text):
                self.assertEqual(evaluate(text), value)

    def test_syntax_errors(self):
        with self.assertRaises(SyntaxError) as err:
            evaluate("1+")
        self.assertEqual(str(err.exception.msg), "unexpected end")

    def test_unknown_signs(self):
        with self.assertRaisesRegex(SyntaxError, r"\$"):
            tokens("1 $ 2")

    def test_division_by_zero(self):
        self.assertRaises(ZeroDivisionError, evaluate, "1/0")
