import inspect
import io
import unittest
from unittest.mock import ANY, NonCallableMagicMock, patch

from metered_streams import MeteredLines, MeteredPipe

TEXT = b"one line\nand one more\n"


class PipeBroke(Exception):
    def __init__(self, text, place=0):
        super().__init__(text)
        self.place = place


class Pipe:
    """Takes so many bytes at once, and forgives what it is told to."""

    def __init__(self, at_once=1000, forgives=()):
        self.at_once = at_once
        self.forgives = forgives
        self.taken = b""
        self.closed_by = None

    def __enter__(self):
        return self

    def __exit__(self, kind, problem, trace):
        self.closed_by = (kind, problem)
        return kind is not None and issubclass(kind, self.forgives)

    def send(self, data):
        self.taken += data[: self.at_once]
        return len(data[: self.at_once])


class OuterStream:
    """Takes the place of `super` in the student's module: itself while an object is made, and a mock afterwards."""

    stream = None
    made = None

    def __init__(self, *args):
        self.made = 0 if self.made is None else self.made + 1

    def __call__(self, *args):
        callers = inspect.getouterframes(inspect.currentframe())
        if any(each.function == "__init__" and "metered_streams" in each.filename for each in callers):
            return self
        return self.stream


class MeteredPipeTest(unittest.TestCase):
    def wrapped(self, pipe):
        mock = NonCallableMagicMock(wraps=pipe)
        mock.__exit__.side_effect = pipe.__exit__
        return mock

    def test_what_was_taken_is_counted(self):
        pipe = Pipe(at_once=5)
        with MeteredPipe(pipe) as metered:
            self.assertEqual(metered.send(TEXT), 5)
            self.assertEqual(metered.send(b"ab"), 2)
        self.assertEqual(metered.sent, 7)
        self.assertEqual(pipe.taken, TEXT[:5] + b"ab")
        self.assertEqual(pipe.closed_by, (None, None))

    def test_the_count_is_read_only(self):
        metered = MeteredPipe(Pipe())
        with self.assertRaises(AttributeError, msg="sent is the meter's alone"):
            metered.sent = 3
        self.assertEqual(metered.sent, 0)

    def test_a_problem_of_the_block_goes_on(self):
        mock = self.wrapped(Pipe())
        problem = PipeBroke("in the middle", place=3)
        with self.assertRaisesRegex(PipeBroke, "middle") as caught:
            with MeteredPipe(mock) as metered:
                self.assertFalse(mock.__enter__.called)
                raise problem
        self.assertIs(caught.exception, problem)
        self.assertEqual(caught.exception.place, 3)
        mock.__exit__.assert_called_once_with(PipeBroke, problem, ANY)

    def test_what_the_pipe_forgives_is_forgiven(self):
        pipe = Pipe(forgives=PipeBroke)
        problem = PipeBroke("nobody hears of it")
        with MeteredPipe(self.wrapped(pipe)) as metered:
            metered.send(b"a")
            raise problem
        self.assertEqual(metered.sent, 1)
        self.assertEqual(pipe.closed_by, (PipeBroke, problem))


class MeteredLinesTest(unittest.TestCase):
    @patch("metered_streams.super", create=True, new_callable=OuterStream)
    def test_reads_are_counted(self, outer):
        outer.stream = NonCallableMagicMock(wraps=io.BytesIO(TEXT))
        lines = MeteredLines()
        self.assertEqual(outer.made, 1)
        self.assertEqual(lines.read(3) + lines.read(), TEXT)
        self.assertEqual(lines.reads, 2)
        self.assertEqual([call.args for call in outer.stream.read.call_args_list], [(3,), (-1,)])
