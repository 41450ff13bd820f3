"""A required file that is missing: what was found in its stead, and the one step to mend it."""

import pytest

from grader.source import Tree
from grader.source.hints.missing_file import describe_missing_files

WANTED = "tinytorch/core/tensor.py"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ("tinytorch/core/Tensor.py", "found Tensor.py: rename it to tensor.py."),
        ("tinytorch/core/TENSOR.PY", "found TENSOR.PY: rename it to tensor.py."),
        ("tinytorch/Core/tensor.py", "found Core: rename it to core."),
        ("tinytorch/core/tensor (1).py", "found tensor (1).py: rename it to tensor.py."),
        ("tinytorch/core/tensor.py.txt", "found tensor.py.txt: rename it to tensor.py."),
        ("tinytorch/tensor.py", "found tinytorch/tensor.py: move it to tinytorch/core/tensor.py."),
        ("old/Tensor.py", "found old/Tensor.py: move it to tinytorch/core/tensor.py."),
    ],
)
def test_the_file_that_was_meant_is_named(found: str, words: str):
    """Computers that ignore case hide this mistake from its author."""
    tree = Tree.of(
        {"tinytorch/__init__.py": b"", "tinytorch/core/layers.py": b"", found: b""}
        if "Core" not in found
        else {found: b""}
    )
    assert describe_missing_files(tree, [WANTED]) == [f"The file {WANTED} is missing; {words}"]


def test_where_nothing_is_alike_the_place_is_said():
    """No guess is better than a wild one."""
    tree = Tree.of({"tinytorch/core/tensors.py": b"", "tinytorch/__init__.py": b""})
    (sentence,) = describe_missing_files(tree, [WANTED])
    assert sentence.endswith("is missing: this assignment needs it at exactly that place.")


def test_a_module_that_is_a_folder_is_there():
    tree = Tree.of({"tinytorch/core/tensor/__init__.py": b"", "tinytorch/core/tensor/data.py": b""})
    assert describe_missing_files(tree, [WANTED]) == []
