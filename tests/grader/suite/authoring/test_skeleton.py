"""What is cut out of our sources: no body and no hidden test is left, and everything that is left still fits together."""

import ast
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from grader.suite.authoring.skeleton import points_of_tests, skeleton, visible_tests

ROOT = Path(__file__).parents[4]
REFERENCES = sorted(path for path in (ROOT / "reference_impl").rglob("*.py") if path.name != "__init__.py")
TEST_FILES = sorted((ROOT / "test_suites").glob("*/test_*.py"))


def text(source):
    return textwrap.dedent(source).lstrip("\n")


def undefined_names(source):
    """Return what a linter says about names that are undefined or unused."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821,F811,F401", "--quiet", "-"]
    return subprocess.run(command, input=source, capture_output=True, text=True).stdout


MODULE = text('''
    """A module."""

    import abc
    from abc import ABC, abstractmethod

    import numpy as np

    LIMIT = 3  # why three
    # of no concern
    _SECRET = 4
    _DEFAULT = 5


    class _Base(ABC):
        def shared(self):
            return 1

        def _detail(self):
            return 2


    class Thing(_Base):
        """A thing."""

        size = LIMIT

        # Sums come first.

        def total(self, values, start=_DEFAULT, *, axis: int | None = None) -> int:
            """Return the sum.

            values: any numbers.
            """
            # add them up
            return sum(values) + start

        @property
        def empty(self): return not self.size

        @abstractmethod
        def __len__(self):
            """Return the length."""

        @abc.abstractmethod
        def long_signature(
            self,
            value,  # of any kind
        ):
            # an answer in a comment
            def inner(x):
                return x

            return inner(value)

        def _helper(self):
            return _SECRET


    def outer(x): return _helper(x)


    # what helps
    def _helper(x):
        return np.abs(x)


    outer(1)
    ''')


def test_signatures_docstrings_constants_and_comments_between_stay():
    found = skeleton(MODULE)
    for kept in (
        '"""A module."""',
        "LIMIT = 3  # why three",
        "_DEFAULT = 5",
        "    # Sums come first.",
        "def total(self, values, start=_DEFAULT, *, axis: int | None = None) -> int:",
        "        values: any numbers.",
        "    @property\n    def empty(self):\n        raise",
        "        value,  # of any kind\n    ):\n        raise",
        'raise NotImplementedError("Thing.total is yours to write.")',
        'raise NotImplementedError("outer is yours to write.")',
        "# outer(1)  # once it is written",
        "import numpy as np",
    ):
        assert kept in found
    compile(found, "skeleton", "exec")
    assert "\n\n\n\n" not in found


def test_answers_go():
    found = skeleton(MODULE)
    for answer in ("sum(values)", "add them up", "an answer", "inner", "np.abs", "_SECRET", "of no concern", "_helper"):
        assert answer not in found
    assert "@abstractmethod" not in found
    assert "@abc.abstractmethod" not in found


def test_a_private_base_stays_as_a_stub_and_private_methods_only_if_asked_for():
    assert "class _Base(ABC):" in skeleton(MODULE)
    assert "_detail" not in skeleton(MODULE)
    assert 'NotImplementedError("_Base._detail is yours' in skeleton(MODULE, private=["_detail"])


def test_only_the_public_names_and_what_they_need_stay():
    found = skeleton(MODULE, public=["outer", "LIMIT"])
    assert "def outer" in found
    assert "LIMIT" in found
    assert "class" not in found
    assert "class _Base" in skeleton(MODULE, public=["Thing"])


def test_imports_of_modules_that_the_reader_lacks_go():
    found = skeleton(MODULE, absent=["abc", "numpy"])
    assert "from abc import" not in found
    assert "import numpy as np" in found  # only names out of a module are the bodies' alone


ODD = """
import logging

logging.basicConfig(
    level=10,
)
double = lambda x, *, by=2: x * by


class Secret:
    def _only(self):
        return 1


class Short:
    half = lambda self, x: x / 2
    def name(self): "Its name."; return "s"
    def wide(
        self, x
    ): return x
"""


def test_what_is_written_in_one_line_or_in_several_is_emptied_too():
    left = skeleton(ODD)
    names: dict = {}
    exec(left, names)
    short = names["Short"]()
    for call in (lambda: names["double"](2), lambda: short.half(2), short.name, lambda: short.wide(1)):
        with pytest.raises(NotImplementedError):
            call()
    assert "return" not in left
    assert not hasattr(names["Secret"], "_only")
    assert "# logging.basicConfig(\n#     level=10,\n# )  # once it is written" in left


def test_given_definitions_stand_in_for_the_reference():
    given = '"""Handed out."""\n\nLIMIT = 7\n\n\ndef outer(x):\n    """Mend me."""\n    return x // 0\n'
    found = skeleton(MODULE, given=given)
    assert "LIMIT = 7\n" in found
    assert 'def outer(x):\n    """Mend me."""\n    return x // 0\n' in found
    assert "Handed out" not in found


@pytest.mark.slow
@pytest.mark.parametrize("path", REFERENCES, ids=lambda path: path.stem)
def test_no_body_of_the_reference_is_left(path):
    found = skeleton(path.read_text(encoding="utf-8"))
    for node in ast.walk(ast.parse(found)):
        if isinstance(node, ast.FunctionDef):
            *docstring, last = node.body
            assert ast.unparse(last).startswith("raise NotImplementedError(")
            assert len(docstring) <= 1
            assert all(ast.get_docstring(node) is not None for _ in docstring)
    assert "F821" not in undefined_names(found)


TESTS = text('''
    """Tests (7 points)."""

    import math
    import random
    import tinytorch.core.autograd  # noqa: F401  importing it switches autograd on

    import numpy as np
    import pytest
    from asserts import assert_close, assert_equal
    from gradescope_utils.autograder_utils.decorators import visibility, weight

    # Only the hidden test looks at these.
    SECRETS = [1, 2]
    ROWS, COLUMNS = 2, 3


    @pytest.fixture
    def table():
        return np.zeros((ROWS, COLUMNS))


    @pytest.fixture
    def unused(numbers):
        return 1


    @pytest.fixture(autouse=True)
    def seeded():
        random.seed(0)


    def hidden_helper():
        return hidden_constant() + SECRETS


    def hidden_constant():
        return math.pi


    # Why this is tested.
    @weight(4)
    @visibility("hidden")
    def test_secret():
        """A secret."""
        assert_close(hidden_helper(), 1)


    @weight(3)
    @visibility("visible")
    def test_open(table):
        """In the open."""
        assert_equal(table.shape, (2, 3))


    @visibility("after_published")
    def test_late():
        """Later."""
    ''')


def test_hidden_tests_go_with_all_that_only_they_need():
    found = visible_tests(TESTS)
    for gone in (
        "secret",
        "SECRETS",
        "hidden",
        "Why this",
        "Only the",
        "math",
        "assert_close",
        "unused",
        "late",
        "Later",
    ):
        assert gone not in found
    for kept in (
        "test_open",
        "def table()",
        "ROWS, COLUMNS = 2, 3",
        "seeded",
        "import random",
        "tinytorch.core.autograd",
    ):
        assert kept in found
    assert "from asserts import assert_equal\n" in found
    assert "\n\n\n\n" not in found


def test_a_file_without_visible_tests_is_left_out():
    assert visible_tests(TESTS.replace('"visible"', '"hidden"')) == ""


def test_weights_of_visible_and_of_all_tests():
    assert points_of_tests(TESTS) == (3.0, 7.0)


def test_a_shortened_import_is_wrapped_where_it_is_long():
    names = [f"assert_something_{n:02}" for n in range(9)]
    source = f"from asserts import {', '.join(names)}, gone\n\n\ndef test_all():\n    {'; '.join(names)}\n"
    found = visible_tests(source)
    assert max(map(len, found.splitlines()[:5])) <= 120
    assert found.startswith("from asserts import (\n    assert_something_00, ")
    assert "gone" not in found


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
@pytest.mark.slow
def test_what_is_left_of_every_test_file_fits_together(path):
    source = path.read_text(encoding="utf-8")
    found = visible_tests(source)
    visible, total = points_of_tests(source)
    assert points_of_tests(found) == (visible, visible) if found else visible == 0
    assert undefined_names(found) == ""
    assert visible <= total
