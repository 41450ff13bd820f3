"""Pairs of copies among independent solutions, the fingerprints that find them, and what never counts."""

import random

import pytest

from course_admin.review.similarity.pairs import marked_lines, pairs, regions, values_of
from course_admin.review.similarity.tokens import symbols_of
from course_admin.review.similarity.winnowing import GUARANTEED, WINDOW, _chosen, marks_of
from tests.course_admin.review.similarity.solutions import as_file, disguised, solution

PLANTED = 20
STARTER = as_file(solution(999)[:4])


def texts_of(class_size: int) -> dict[str, str]:
    """Return independent solutions, and 20 copies: renamed, in another order, up to three of their functions written anew."""
    made = {f"s{number}": solution(number) for number in range(class_size)}
    made |= {f"c{number}": disguised(made[f"s{number}"], number, retyped=number % 4) for number in range(PLANTED)}
    return {name: as_file(functions) + STARTER for name, functions in made.items()}


@pytest.mark.medium
@pytest.mark.parametrize("class_size", [60, pytest.param(300, marks=pytest.mark.slow)])
def test_planted_copies_are_found_among_independent_solutions(class_size, capsys):
    texts = texts_of(class_size)
    found = pairs({name: values_of(text) for name, text in texts.items()}, values_of(STARTER))
    planted = {(f"c{number}", f"s{number}") for number in range(PLANTED)}
    named = {(each.one, each.other) for each in found}
    recall, precision = len(named & planted) / len(planted), len(named & planted) / len(named)
    with capsys.disabled():
        print(f"\nsimilarity: {len(texts)} texts, recall {recall:.3f}, precision {precision:.3f}")  # noqa: T201
    assert recall >= 0.95
    assert precision >= 0.95


def test_the_starter_and_the_reference_never_count():
    theirs = {name: values_of(STARTER + as_file(solution(seed)[:1])) for seed, name in enumerate("ab")}
    assert [(each.one, each.other) for each in pairs(theirs, ())] == [("a", "b")]
    assert pairs(theirs, values_of(STARTER)) == []


def test_what_many_wrote_is_no_sign():
    alike = as_file(solution(1))
    many = {f"s{number}": values_of(alike) for number in range(10)}
    assert pairs(many, ()) == []
    assert len(pairs(dict(list(many.items())[:2]), ())) == 1


def test_a_solution_that_went_round_is_found_however_many_copied_it():
    made = {f"s{number}": solution(number) for number in range(14)}
    made |= {f"c{number}": disguised(made["s0"], number + 1, retyped=number % 2) for number in range(7)}
    found = pairs({name: values_of(as_file(functions)) for name, functions in made.items()}, ())
    ring = {"s0", *(f"c{number}" for number in range(7))}
    assert {name for each in found for name in (each.one, each.other)} == ring
    assert len(found) == 28


def test_two_texts_of_the_same_are_no_pair():
    text = values_of(as_file(solution(1)))
    assert pairs({"a": text, "b": text}, (), {"a": "group 1", "b": "group 1"}) == []
    assert len(pairs({"a": text, "b": text}, (), {"a": "group 1", "b": "group 2"})) == 1


def test_names_literals_comments_and_layout_leave_no_trace():
    one = 'def f(a, b):\n    """Add."""\n    c = a + 2  # two\n    return np.sum(c)\n'
    other = "import os\ndef g(left,\n      right):\n    t = left + 70\n\n    return np.sum(t)\n"
    assert [each.text for each in symbols_of(one)] == [each.text for each in symbols_of(other)]
    assert [each.text for each in symbols_of(one)] != [each.text for each in symbols_of(one.replace("sum", "max"))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("self.grad += left * (a + b)", "self.grad = self.grad + left * (c + d)"),
        ("total **= 2", "out = (out ** 3)"),
        ("return (a + b)", "return a + b"),
        ("if (not (x in y)):\n    pass", "if not x in y:\n    pass"),
        ("a, b = (c, d)", "(a, b) = c, d"),
    ],
)
def test_what_is_spelt_otherwise_is_the_same(one, other):
    assert [each.text for each in symbols_of(one)] == [each.text for each in symbols_of(other)]


def test_parentheses_that_call_stay():
    texts = ["f(a)", "f", "a[0](b)", "a[0]", "f()(a)", "f()", "'s'(a)", "f(((", "f)))"]
    assert len({tuple(each.text for each in symbols_of(text)) for text in texts}) == len(texts)


def test_of_each_window_the_smallest_hash_is_kept_and_no_other():
    draw = random.Random(7)
    hashes = [draw.randrange(40) for _ in range(500)]
    plain = {min(range(start, start + WINDOW), key=lambda each: (hashes[each], -each)) for start in range(501 - WINDOW)}
    assert list(_chosen(hashes)) == sorted(plain)


@pytest.mark.parametrize("seed", range(20))
def test_what_two_texts_share_of_the_guaranteed_length_shares_a_fingerprint(seed):
    draw = random.Random(seed)
    tokens = [draw.choice(["if", "for", "+", "-", "(", ")", "[", "]", "1", "len", "max", "=="]) for _ in range(400)]
    shared = tokens[:GUARANTEED]
    values = []
    for _ in range(2):
        around = [draw.choice(["while", "def", "*", "/", "{", "}", "sum", "abs"]) for _ in range(draw.randrange(200))]
        text = [*around, *shared, *around[::-1]]
        symbols = [type(symbols_of("a")[0])(each, line) for line, each in enumerate(text)]
        values.append({mark.value for mark in marks_of(symbols)})
    assert values[0] & values[1]


@pytest.mark.medium
@pytest.mark.parametrize("text", ["", "x", "'''", "\0", "def f(:\n  (", "é\u202e = 1\n", "a\n" * 5000])
def test_no_text_is_a_fault(text):
    assert isinstance(values_of(text), set)
    assert regions(text, text, ()) == regions(text, text, set())


def test_matching_lines_are_those_of_the_copied_function():
    mine, theirs, copied = solution(1), solution(2), solution(3)[0]
    one, other = as_file([mine[0], copied]), as_file([copied, theirs[0]])
    found = regions(one, other, ())
    lines = one.splitlines()
    start = lines.index("def own_0(self, x, axis=None):", 5)
    marked = marked_lines(found, "one")
    assert marked
    assert min(marked) >= start
    assert max(marked_lines(found, "other")) <= 4 + copied.count("\n")
    assert len(marked) > 0.7 * copied.count("\n")
