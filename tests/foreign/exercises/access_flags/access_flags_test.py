import unittest

import access_flags
from access_flags import Access, describe, grant


class FlagsTest(unittest.TestCase):
    def test_combining(self):
        self.assertIn(Access.READ, grant("r", "w"))
        self.assertNotIn(Access.RUN, grant("r", "w"))

    def test_nothing(self):
        self.assertEqual(grant(), Access.NONE)
        self.assertFalse(grant())

    def test_values(self):
        self.assertEqual(grant("r", "x").value, 5)

    def test_or(self):
        self.assertEqual(Access.READ | Access.WRITE, grant("r", "w"))

    def test_describe(self):
        self.assertEqual(describe(Access.READ | Access.RUN), "r-x")

    def test_constants(self):
        self.assertEqual(access_flags.LETTERS, "rwx")
        self.assertEqual(access_flags.DEFAULTS, ["r"])
        self.assertIsNone(access_flags.OWNER)

    def test_limits(self):
        self.assertEqual(access_flags.LIMITS["files"], 10)
