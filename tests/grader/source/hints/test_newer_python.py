"""Code for a newer Python is told from code that is wrong: which line, which version, what it is."""

import sys

import pytest

from grader.source.hints.newer_python import find_newer_syntax

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 12), reason="the parser is this Python's, and reads it all")
NEWER = {
    "same quotes": ('x = 1\ny = f"a {"".join([str(x)])}"\n', 2, "3.12"),
    "same triple quotes": ('y = f"""a {"""b"""} c"""\n', 1, "3.12"),
    "backslash": ("z = f\"{'\\n'.join('ab')}\"\n", 1, "3.12"),
    "nested": ('y = f"{f"{f"{1 + 1}"}"!r:>{2 * 3}}"\n', 1, "3.12"),
    "key of a dictionary": ('d = {"a": 1}\nprint(f"{d["a"]:.2f}", f"{d["a"]=}")\n', 2, "3.12"),
    "comment": ('x = 1\ny = f"""{\n  x  # the value\n}"""\n', 2, "3.12"),
    "type statement": ("\n\ntype Row = list[int]\n", 3, "3.12"),
    "type parameters": ("class A[T]:\n    pass\n", 1, "3.12"),
    "generic function": ("def first[T](rows: list[T]) -> T:\n    return rows[0]\n", 1, "3.12"),
    "template string": ('x = 1\ny = t"{x}"\n', 2, "3.14"),
    "exceptions": ("try:\n    pass\nexcept ValueError, TypeError:\n    pass\n", 3, "3.14"),
}
WRONG = [
    'f"{x y}"',
    'f"{x"',
    "f'{}'",
    "x = (",
    "def f(:",
    "'abc",
    'f"{x!}"; y = (',
    "print 1",
    'f"{"a" "}"',
    "class A[",
    'f"{(}"',
]
RIGHT = ['f"{x!r:>{y}} {{}} {z=}"', "'it''s'", "x = '{'", '"\\d"', '"""f"{"""', 'rf"\\{x}"', "# it's", ""]


@pytest.mark.parametrize(("text", "line", "version"), NEWER.values(), ids=NEWER)
def test_what_needs_a_newer_python_is_found(text: str, line: int, version: str):
    """The student's own Python took it, so "invalid syntax" alone is no help."""
    found = find_newer_syntax(text)
    assert found is not None
    assert (found.line, found.version) == (line, version)


@pytest.mark.parametrize("text", [*WRONG, *RIGHT])
def test_what_is_wrong_or_right_anyway_is_left_to_python(text: str):
    """It is never said of a plain mistake that a newer Python would take it."""
    assert find_newer_syntax(text) is None


@pytest.mark.parametrize("depth", [12, 40, 5_000])
def test_deeply_nested_strings_cost_neither_stack_nor_time(depth: int):
    """Each level is judged once, and too many are nobody's."""
    assert find_newer_syntax('f"{' * depth + "1" + '}"' * depth + " x") is None
