import io
import unittest
from contextlib import redirect_stdout
from unittest.mock import patch

import echo_program


class EchoTest(unittest.TestCase):
    @patch("builtins.input", side_effect=["Ada", "36"])
    def test_asks(self, asked):
        self.assertEqual(echo_program.ask(), ("Ada", 36))
        self.assertEqual(asked.call_count, 2)

    def test_greets(self):
        out = io.StringIO()
        with redirect_stdout(out):
            echo_program.greet("Ada")
        self.assertEqual(out.getvalue(), "Hello, Ada!\n")

    @patch("sys.stdout", new_callable=io.StringIO)
    def test_triangle(self, out):
        echo_program.triangle(3)
        self.assertEqual(out.getvalue(), "*\n**\n***\n")
