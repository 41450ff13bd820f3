"""Messages taken apart: what the engine really says, what imitates it, and what is neither; and what is marked in them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_admin.submissions.reports.failures.marks import Piece, marked
from course_admin.submissions.reports.failures.messages import Frame, parse
from tests.screenshots.scene import result_of

WRONG = (
    "Tensor(a) - Tensor(b): the values are not the expected ones.\n"
    "  given:     a: float32 (2, 2)\n"
    "  expected:  float32 (2, 2)\n"
    "             [[-0.5  1. ]\n"
    "              [ 2.   3. ]]\n"
    "  got:       float32 (2, 2)\n"
    "             [[ 0.5  1. ]\n"
    "              [ 2.  -3. ]]\n"
    "  differing: 2 of 4 (rtol=1e-05, atol=1e-06)\n"
    "  first:     at [0, 0]: expected -0.5, got 0.5\n"
    "  hint:      Mind the order.\n"
    "Last calls: a Tensor - a Tensor; a Tensor.data"
)
RAISED = (
    "Your code raised KeyError: 'x'\n"
    '  File "tinytorch/core/tensor.py", line 7, in __init__\n'
    "    self.data = given['x']\n"
    '  File "tinytorch/core/tensor.py", line 9, in pick (m01.ipynb, cell 4, line 2)\n'
    "    return given[name]\n"
    "Last calls: Tensor(3)\n"
    "tinytorch/core/tensor.py is there twice."
)


def test_a_comparison_has_its_parts():
    message = parse(WRONG)
    assert message.headline == "Tensor(a) - Tensor(b): the values are not the expected ones."
    assert (message.expected.kind, message.got.kind) == ("float32 (2, 2)", "float32 (2, 2)")
    assert message.expected.text == "[[-0.5  1. ]\n [ 2.   3. ]]"
    assert message.rows["hint"] == "Mind the order."
    assert message.calls == "a Tensor - a Tensor; a Tensor.data"
    assert message.tolerance == (1e-5, 1e-6)


def test_what_differs_is_marked_and_nothing_else():
    message = parse(WRONG)
    expected, got = marked(message.expected.text, message.got.text, message.tolerance)
    assert [piece.text for piece in expected if piece.differs] == ["-0.5", "3."]
    assert [piece.text for piece in got if piece.differs] == ["0.5", "-3."]
    assert "".join(piece.text for piece in got) == message.got.text


@pytest.mark.parametrize(
    ("expected", "got", "tolerance", "differing"),
    [
        ("(2, 4, 3)", "(4, 4, 2)", (0.0, 0.0), ["4", "2"]),
        ("[-2.7406764e+03 0.1]", "[-2.7406765e+03 0.]", (1e-4, 5e-4), ["0."]),
        ("[1. nan]", "[1. 2.]", (1e-5, 1e-6), ["2."]),
        ("[inf 1.]", "[inf 1.]", (1e-5, 1e-6), []),
        ("float32", "float64", (0.0, 0.0), ["float64"]),
        ("[1. 2.]", "[1. 2. 3.]", (0.0, 0.0), []),
        ("list of 2: 'a', 'b'", "list of 2: 'a', 'c'", (0.0, 0.0), ["'c'"]),
    ],
)
def test_marks(expected, got, tolerance, differing):
    pieces = marked(expected, got, tolerance)[1]
    assert [piece.text for piece in pieces if piece.differs] == differing


def test_a_traceback_has_its_frames_with_cell_and_line():
    message = parse(RAISED)
    path = "tinytorch/core/tensor.py"
    assert message.frames == (
        Frame(path, 7, "__init__", "self.data = given['x']"),
        Frame(path, 9, "pick", "return given[name]", "m01.ipynb, cell 4, line 2"),
    )
    assert message.more == ("tinytorch/core/tensor.py is there twice.",)


def test_one_cause_is_one_whatever_was_called():
    assert parse(RAISED).cause == parse(RAISED.replace("Tensor(3)", "Tensor(4)")).cause
    assert parse(RAISED).cause != parse(RAISED.replace("line 9", "line 8")).cause


def test_everything_that_the_engine_said_of_a_real_submission_is_taken_apart():
    failed = [check for check in result_of("buggy").checks if check.verdict != "passed"]
    messages = [parse(check.message) for check in failed]
    assert len(messages) == 10
    assert sum(message.expected is not None and message.got is not None for message in messages) == 9
    for message in messages:
        assert not message.more
        assert "expected:" not in message.headline
    assert {parse(check.message).cause for check in result_of("syntax").checks} == {
        parse(result_of("syntax").checks[0].message).cause
    }


@given(st.text(max_size=400))
def test_nothing_of_an_unknown_message_is_lost(text):
    message = parse(text)
    shown = "\n".join(
        [
            message.headline,
            *message.rows.values(),
            message.calls,
            *message.more,
            *(f"{f.path} {f.function} {f.code} {f.place}" for f in message.frames),
        ]
    )
    for word in text.split():
        if word.rstrip(":") and not word.endswith(":"):
            assert word in shown or word in ("File", "Last", "calls")


@given(st.lists(st.floats(width=32), min_size=1, max_size=30), st.lists(st.floats(width=32), min_size=1, max_size=30))
def test_pieces_always_make_up_the_texts(want, got):
    texts = str(np.array(want, dtype=np.float32)), str(np.array(got, dtype=np.float32))
    for text, pieces in zip(texts, marked(*texts, (1e-5, 1e-6)), strict=True):
        assert "".join(piece.text for piece in pieces) == text


def test_of_long_texts_nothing_is_marked():
    long = " ".join(str(number) for number in range(500))
    assert marked(long, long.replace("7", "8"))[0] == [Piece(long, differs=False)]
