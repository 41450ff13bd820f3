import asyncio
import unittest

from report_kinds import Report, collect, fetch


class Lines(Report):
    separator = "\n"

    def __init__(self, lines):
        super().__init__("lines")
        self.lines = lines

    def body(self):
        return self.separator.join(self.lines)


class Loud(Lines):
    def body(self):
        return super().body().upper()


class ReportTest(unittest.TestCase):
    def test_is_abstract(self):
        with self.assertRaises(TypeError):
            Report("nothing")

    def test_renders(self):
        self.assertEqual(Lines(["a", "b"]).render(), "lines\na\nb")

    def test_derived_again(self):
        self.assertEqual(Loud(["a", "b"]).render(), "lines\nA\nB")

    def test_is_a_report(self):
        self.assertIsInstance(Loud([]), Report)
        self.assertTrue(issubclass(Loud, Report))

    def test_collects(self):
        self.assertEqual(collect([Lines(["x"]), Loud(["y"])]), {"Lines": "lines\nx", "Loud": "lines\nY"})

    def test_says_what_it_does(self):
        with self.assertLogs("report_kinds", level="INFO") as logs:
            Lines(["a"]).render()
        self.assertEqual(logs.output, ["INFO:report_kinds:rendering lines"])

    def test_is_quiet_otherwise(self):
        with self.assertNoLogs("report_kinds", level="WARNING"):
            Lines(["a"]).render()


class FetchTest(unittest.IsolatedAsyncioTestCase):
    async def test_fetches(self):
        self.assertEqual(await fetch("a"), "page a")

    async def test_several(self):
        self.assertEqual(await asyncio.gather(fetch("a"), fetch("b")), ["page a", "page b"])

    async def test_nothing(self):
        with self.assertRaises(ValueError):
            await fetch("")
