"""The signature of a failure: the same for the same mistake in other words, another for another mistake."""

import pytest

from course_admin.review.clusters.signing.frames import frames_of, shape_of
from course_admin.review.clusters.signing.relation import relation
from course_admin.review.clusters.signing.signature import key_of
from course_admin.review.clusters.signing.wording import wording

RAISED = (
    "Your code raised ValueError: operands could not be broadcast together with shapes (3,) (2,3)\n"
    '  File "tinytorch/core/tensor.py", line 40, in __add__\n'
    "    return self._join(other)\n"
    '  File "tinytorch/core/tensor.py", line 88, in _join\n'
    "    total = self.data + other.data * 2\n"
    "Last calls: Tensor(array of shape (3,), float32); a Tensor + a Tensor"
)
COMPARED = (
    "a - b: the values are not the expected ones.\n"
    "  given:     a: float32 (2, 3)\n"
    "  expected:  float32 (2, 3)\n"
    "             [[ 1.5  2.   3. ]\n"
    "              [-4.   5.   nan]]\n"
    "  got:       float32 (2, 3) [[1 2 3]\n"
    "  differing: 3 of 6 (rtol=1e-05, atol=1e-06)\n"
    "  first:     at [0, 1]: expected 2.5, got -2.5\n"
    "  hint:      look at the order"
)


def key(message: str, test: str = "test_a.py::test_add[float32]", verdict: str = "failed"):
    return key_of(test, verdict, message)


def test_numbers_names_parameters_and_lines_change_nothing():
    other = (
        RAISED.replace("(3,) (2,3)", "(7,) (5,7)")
        .replace("total = self.data + other.data * 2", "result = me.values + them.values * 17")
        .replace("line 88", "line 1203")
        .replace("_join", "_combine")
        .replace("shape (3,)", "shape (7,)")
    )
    assert key(RAISED) == key(other, test="test_a.py::test_add[int]")
    assert key(RAISED).digest == key(other, test="test_a.py::test_add[int]").digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ValueError", "TypeError"),
        ("operands could not be broadcast", "matrices could not be multiplied"),
        ("self.data + other.data * 2", "self.data - other.data * 2"),
        ("self.data + other.data * 2", "np.dot(self.data, other.data)"),
    ],
)
def test_another_mistake_has_another_signature(old, new):
    assert key(RAISED) != key(RAISED.replace(old, new))
    assert key(RAISED) != key(RAISED, test="test_a.py::test_other")
    assert key(RAISED) != key(RAISED, verdict="crashed")


def test_other_values_of_the_same_mistake_are_the_same():
    other = (
        COMPARED.replace("[[ 1.5  2.   3. ]\n              [-4.   5.   nan]]", "[[9. 8.]\n [7. nan]]")
        .replace("(2, 3)", "(4, 5)")
        .replace("3 of 6", "11 of 20")
        .replace("[0, 1]: expected 2.5, got -2.5", "[3, 0]: expected -0.125, got 0.125")
    )
    assert key(COMPARED) == key(other)


@pytest.mark.parametrize("got", ["0.0", "5.0", "nan"])
def test_how_a_number_is_wrong_tells_mistakes_apart(got):
    assert key(COMPARED) != key(COMPARED.replace("got -2.5", f"got {got}"))


def test_what_a_students_own_raise_says_is_left_out():
    theirs = 'Your code raised ValueError: {}\n  File "a.py", line 3, in add\n    raise ValueError({})'
    assert key(theirs.format("bad shapes!", "'bad shapes!'")) == key(theirs.format("you may not", "'you may not'"))


@pytest.mark.parametrize(
    ("message", "left"),
    [
        ("name 'tmp_2' is not defined", "name 'name' is not defined"),
        ("'Tensor' object has no attribute 'foo'", "'Tensor' object has no attribute 'name'"),
        ("got 'data'\nLast calls: a Tensor.data", "got 'data'"),
        ("at 0x7f3a2b and 0x...", "at @ and @"),
        ("float32 [[1. 2.]\n [3. inf]]", "float32 [nan]"),
        ("shape (2, 3)  of 1e-05", "shape (#, #) of #"),
        ("", ""),
    ],
)
def test_what_is_left_of_a_message(message, left):
    assert wording(message).text == left


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("return a + b", "return left + right"),
        ("x = np.sum(y, axis=0)", "result = np.sum(values, axis=1)"),
        ("self.grad += g", "this.gradient += incoming"),
        ("return foo(a,", "return bar(b,"),
        ("raise KeyError('a')  # why", 'raise KeyError("b")'),
    ],
)
def test_lines_that_differ_in_names_have_one_shape(one, other):
    assert shape_of(one) == shape_of(other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("a + b", "a - b"), ("np.sum(a)", "np.max(a)"), ("len(a)", "a"), ("a[0]", "a(0)")]
)
def test_lines_that_do_something_else_have_other_shapes(one, other):
    assert shape_of(one) != shape_of(other)


@pytest.mark.parametrize("code", ["", "\0", "'''", "é = \u202e", "1__2", "((((", "  x", "\\"])
def test_no_line_is_a_fault(code):
    assert isinstance(shape_of(code), str)
    assert key_of("t", "failed", f'Your code raised E: x\n  File "a.py", line 999999999999, in f\n    {code}')


def test_the_frames_of_a_message_are_read_innermost_last():
    assert [(frame.line, frame.function) for frame in frames_of(RAISED)] == [(40, "__add__"), (88, "_join")]


@pytest.mark.parametrize(
    ("expected", "got", "words"),
    [
        ("0.40321", "1.20963", "times 3"),  # summed over a batch of three
        ("1.20963", "0.40321", "times 1/3"),
        ("0.9", "1.2", "times 4/3"),
        ("-0.25", "0.25", "negated"),
        ("2", "6", ""),  # whole numbers have a simple factor by chance
        ("0.40321", "1.2100", ""),
        ("0.0", "0.5", ""),
        ("0.5", "0", "zero"),
        ("0.5", "nan", "not finite"),
    ],
)
def test_a_simple_factor_is_shared_by_who_makes_one_mistake(expected, got, words):
    message = f"loss: the values are not the expected ones.\n  first:     expected {expected}, got {got}\n"
    assert relation(message) == words


def arrays(expected: str, got: str, first: str = "") -> str:
    said = f"f(x): the values are not the expected ones.\n  expected:  float32 (2, 2)\n             {expected}\n"
    return f"{said}  got:       float32 (2, 2)\n             {got}\n{first}  hint:      Look.\nLast calls: f(x)"


@pytest.mark.parametrize(
    ("expected", "got", "words"),
    [
        ("[[1.5 -2.5]\n [-3.5 4.5]]", "[[1.5 0. ]\n [0. 4.5]]", "zero one sign"),  # ReLU has overwritten its input
        ("[[1.5 -2.5]\n [-3.5 4.5]]", "[[7. 7.]\n [7. 7.]]", "one value"),  # what the test wrote into the result
        ("[[1.5 -2.5]\n [-3.5 4.5]]", "[[0.2 0.4]\n [0.1 0.9]]", "one sign"),  # a gate alone, not x times it
        ("[[1.5 -2.5]\n [-3.5 4.5]]", "[[-1.5 2.5]\n [3.5 -4.5]]", "negated"),
        ("[[1.5 -2.5]\n [-3.5 4.5]]", "[[0.75 -1.25]\n [-1.75 2.25]]", "times 1/2"),
        (
            "[[1.5 -2.5]\n [-3.5 4.5]]",
            "[[0. -6.25]\n [-8.75 11.25]]",
            "",
        ),  # a mask: whether the first is zero is chance
        ("[[1.5 -2.5]\n [-3.5 4.5]]", "[[nan -2.5]\n [nan 4.5]]", "not finite"),
        ("[[1.5 -2.5]\n [-3.5 4.5]]", "[[1.6 -2.4]\n [-3.1 4.2]]", ""),
        ("[[1.5 -2.5] ... [-3.5 4.5]]", "[[1.5 0.] ... [0. 4.5]]", "zero one sign"),
        ("[[True False] [False True]]", "[[True True] [True True]]", ""),
        ("[[1.5 -2.5] [-3.5 4.5]]", "[[1.5 -2.5]]", ""),
        ("[1.5 -2.5 0.2]", "[0.9 0.4 0.6]", ""),  # three numbers have one sign by chance
        ("[1.0 -1.0]", "[0. 0.]", "zero"),  # and two expected ones one value
        ("[1.0 1.0]", "[0. 0.]", "zero"),
    ],
)
def test_what_holds_of_all_numbers_that_are_shown_is_said(expected, got, words):
    assert relation(arrays(expected, got)) == words
    assert relation(arrays(expected, got, "  first:     at [0, 1]: expected -2.5, got 0.25\n")) in (
        words,
        "times -1/10",
    )


def test_where_the_shown_elements_are_right_the_first_that_differs_says_it():
    message = arrays("[[1.5 ... 4.5]]", "[[1.5 ... 4.5]]", "  first:     at [0, 9]: expected 2.5, got -2.5\n")
    assert relation(message) == "negated"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "The error is of the right kind, and its text should contain 'must match'.\n  got:       'no: (2, 3)'",
            "The error is of the right kind, and its text should contain 'must match'.\n  got:       'Wrong\nshapes'",
        ),
        ('"must match" does not match "no: (2, 3)"', '"must match" does not match "Wrong shapes"'),
    ],
)
def test_what_a_student_s_own_error_says_instead_changes_nothing(one, other):
    assert key(one) == key(other)
    assert key(one) != key(one.replace("must match", "negative"))


TEXTS = (
    "encode({text!r}): the value is not the expected one.\n  given:     letters: list of {count}: {letters}\n"
    "  at:        [{count}]\n  expected:  list of {count}: {letters}\n  got:       {got}\n"
    "  hint:      Look every character up.\nLast calls: encode"
)


def test_texts_that_were_drawn_for_a_submission_change_nothing():
    one = TEXTS.format(text="Dbz\u2028", count=3, letters="'D', 'b', 'z'", got="list of 2: 'D', \"'\"")
    other = TEXTS.format(text="it's", count=9, letters="'x', '🚀', '\\'', 'q', ...", got="list of 1: '語'")
    assert key(one) == key(other)
    assert key(one) != key(other.replace("list of 1: '語'", "None"))
    assert key(one) != key(other.replace("every character", "nothing"))
