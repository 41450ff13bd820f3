"""What is added to a test's message: imports, the working folder, missing and unreadable files."""

import pytest

from grader.source import Tree, prepare_package
from grader.source.hints.failure import Hints

CORE = "tinytorch/core/tensor.py"


def hints(source: bytes = b"x = 1\n", path: str = CORE) -> Hints:
    """Return the hints for a submission of one file."""
    tree = Tree.of({"tinytorch/__init__.py": b"", path: source})
    return Hints.of(prepare_package(tree, "tinytorch"), ["tinytorch"], [CORE], ["numpy"])


@pytest.mark.parametrize("module", ["matplotlib", "torch.nn", "PIL"])
def test_a_package_that_is_not_there_brings_what_may_be_imported(module: str):
    """The list is the suite's own."""
    added = hints().add_to(f"Your code raised ModuleNotFoundError: No module named '{module}'\n  File \"a.py\"")
    assert "\nWhat may be imported here: Python's standard library, numpy, and your own package." in added
    assert f"Take the import of {module} out" in added


def test_a_missing_module_of_ones_own_brings_the_file_that_was_found():
    """Not the list of packages: the student's own file has another name."""
    added = hints(path="tinytorch/core/Tensor.py").add_to(
        "ModuleNotFoundError: No module named 'tinytorch.core.tensor'"
    )
    assert added.endswith("\nThe file tinytorch/core/tensor.py is missing; found Tensor.py: rename it to tensor.py.")


@pytest.mark.parametrize("path", ["data/train.csv", "train.csv", "../x.npy"])
def test_a_file_that_is_not_found_brings_the_working_folder(path: str):
    """What works at home works because of where it is started."""
    added = hints().add_to(f"Your code raised FileNotFoundError: [Errno 2] No such file or directory: '{path}'")
    assert added.endswith("or do without it.")
    assert "\nThe working folder is not your submission's: open a file by its place beside your module" in added


def test_a_module_that_waits_for_a_keyboard_is_told_where_such_lines_belong():
    """Also where it is no import that asks: nobody answers there either."""
    added = hints().add_to("Your code raised EOFError: EOF when reading a line")
    assert added.endswith('put such lines below if __name__ == "__main__":')
    assert "EOFErrors" in hints().add_to("EOFErrors")
    assert "input()" not in hints().add_to("EOFErrors")


def test_an_unreadable_source_is_named_where_it_hurts():
    """In the notes once, and behind each message that comes of it."""
    source = "x = 1\n".encode("utf-16")
    prepared = prepare_package(Tree.of({CORE: source}), "tinytorch")
    assert prepared.notes == prepared.unreadable
    assert (
        hints(source)
        .add_to("Your code raised ValueError: source code string cannot contain null bytes")
        .endswith(
            "\ntinytorch/core/tensor.py is saved as UTF-16, which Python does not read; save it again with the encoding UTF-8."
        )
    )


def test_code_for_a_newer_python_is_named_with_its_line():
    """Both versions are said: the one that grades, and the one that the line needs."""
    added = hints(b'x = 1\ny = f"{"".join([])}"\n').add_to("Your code raised SyntaxError: f-string: expecting '}'")
    assert "\ntinytorch/core/tensor.py, line 2, needs Python 3.12 or newer (an f-string" in added
    assert added.endswith("but Python 3.11 grades; write it so that Python 3.11 understands it.")


@pytest.mark.parametrize("message", ["", "Your code raised ValueError: no", "Your code raised SyntaxError: invalid"])
def test_other_messages_stay_as_they_are(message: str):
    """A hint that says nothing about this failure is noise."""
    assert hints().add_to(message) == message
