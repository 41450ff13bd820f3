"""Python files in percent format are read as the notebooks that they are, where package and notebooks lack the module."""

import pytest

from grader.errors import SourceError
from tests.grader.source.notebook_samples import CELLS, EXPORTED, MODULE, NOTEBOOK, assemble, code_of, module_text
from tests.grader.source.sources import make_notebook

SOURCE = "src/01_tensor/01_tensor.py"
PERCENT = b'''# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown]
"""
# Module 01: Tensor

#| export is only a word here
"""

# %%
#| default_exp core.tensor
#| export
import numpy as np

# %% nbgrader={"grade": false, "solution": true}
#| export
class Tensor:
    def __init__(self, data):
        self.data = np.array(data)

# %%
print("not exported")

# %% [raw]
#| export
raise ValueError
'''
NAME = b"#| default_exp core.tensor\n"
CODE = [
    "import numpy as np",
    "class Tensor:",
    "    def __init__(self, data):",
    "        self.data = np.array(data)",
]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b"# %%", b"#%%"),
        lambda text: text.replace(b"#| export", b"# | export"),
        lambda text: NAME + text.replace(NAME, b""),
        lambda text: text.split(b"# ---\n\n")[1],
        lambda text: text.replace(b"#| ", b"# "),
    ],
    ids=[
        "as it is",
        "Windows lines",
        "byte order mark",
        "Spyder's marks",
        "spaces",
        "named above",
        "no header",
        "old words",
    ],
)
def test_a_module_is_read_from_its_source_file(change):
    assembly = assemble({SOURCE: change(PERCENT)})
    assert code_of(assembly) == CODE
    assert assembly.notes == (f"{MODULE} was assembled from {SOURCE}.",)
    assert "tinytorch/core/__init__.py" in assembly.tree.paths


def test_a_line_is_found_again_by_its_number_in_the_file():
    assembly = assemble({SOURCE: PERCENT})
    number = module_text(assembly).split("\n").index("class Tensor:") + 1
    line = PERCENT.decode().split("\n").index("class Tensor:") + 1
    assert assembly.lines.locate(MODULE, number) == f"{SOURCE}, line {line}"
    assert assembly.lines.locate(MODULE, number + 2) == f"{SOURCE}, line {line + 2}"


def test_a_file_of_the_package_goes_first_and_a_note_names_what_was_passed_over():
    assembly = assemble({SOURCE: PERCENT, MODULE: b"mine = 1\n"})
    assert module_text(assembly) == "mine = 1\n"
    (note,) = assembly.notes
    assert note.startswith(f"Not graded: {SOURCE}, which holds other code")


def test_the_export_of_the_same_code_needs_no_note():
    assembly = assemble({SOURCE: PERCENT, MODULE: EXPORTED})
    assert module_text(assembly) == EXPORTED.decode()
    assert assembly.notes == ()


def test_a_notebook_goes_before_a_source_file():
    changed = [
        cell if isinstance(cell, tuple) else cell.replace("np.array(data)", "np.array(data) + 1") for cell in CELLS
    ]
    assembly = assemble({SOURCE: PERCENT, NOTEBOOK: make_notebook(*changed)})
    assert code_of(assembly)[-1] == "        self.data = np.array(data) + 1"
    assembled, passed_over = assembly.notes
    assert assembled == f"{MODULE} was assembled from {NOTEBOOK}."
    assert passed_over.startswith(f"Not graded: {SOURCE}, which holds other code than what is graded.")


def test_a_source_file_is_compared_with_what_is_graded_and_not_with_an_older_export():
    older = EXPORTED.replace(b"np.array(data)", b"np.asarray(data)")
    assembly = assemble({SOURCE: PERCENT, NOTEBOOK: make_notebook(*CELLS), MODULE: older})
    assert assembly.notes == (f"{MODULE} was assembled from {NOTEBOOK}.",)


def test_each_module_has_its_own_place_in_the_order():
    """All four at once: an export, a notebook, and source files of which only the third module's is needed."""
    layers = PERCENT.replace(b"core.tensor", b"core.layers")
    losses = PERCENT.replace(b"core.tensor", b"core.losses").replace(b"class Tensor", b"class Loss")
    activations = make_notebook("#| default_exp core.activations", "#| export\nrelu = 1")
    assembly = assemble(
        {
            MODULE: b"own = 1\n",
            "modules/02_activations/activations.ipynb": activations,
            "src/01_tensor/01_tensor.py": PERCENT,
            "src/02_activations/02_activations.py": PERCENT.replace(b"core.tensor", b"core.activations"),
            "src/03_layers/03_layers.py": layers,
            "src/04_losses/04_losses.py": losses,
        }
    )
    assert module_text(assembly) == "own = 1\n"
    assert code_of(assembly, "tinytorch/core/activations.py") == ["relu = 1"]
    assert code_of(assembly, "tinytorch/core/layers.py") == CODE
    assert code_of(assembly, "tinytorch/core/losses.py")[1] == "class Loss:"


@pytest.mark.parametrize(
    "text",
    [b"# %%\nx = 1\n", b"#| default_exp core.tensor\n#| export\nx = 1\n", b"x = 1\n", EXPORTED],
    ids=["names no module", "has no cells", "plain", "an export"],
)
def test_other_python_files_are_no_notebooks(text):
    assert assemble({"src/01_tensor/01_tensor.py": text}).notes == ()


def test_a_source_file_that_names_no_module_is_named():
    assembly = assemble({SOURCE: PERCENT.replace(NAME, b"")})
    assert MODULE not in assembly.tree.paths
    (note,) = assembly.notes
    assert note.startswith(f"{SOURCE} exports 2 cells to no module: name it in a cell of its own"), note


@pytest.mark.parametrize("text", [PERCENT, PERCENT.replace(NAME, b"")], ids=["names its module", "names none"])
def test_a_source_file_at_the_place_of_its_module_is_graded_as_it_stands(text):
    assembly = assemble({MODULE: text})
    assert module_text(assembly) == text.decode()
    assert assembly.notes == ()


def test_two_source_files_of_one_module_are_refused():
    other = PERCENT.replace(b"np.array(data)", b"data")
    with pytest.raises(SourceError, match="export different code as one module"):
        assemble({SOURCE: PERCENT, "src/tensor.py": other})


def test_what_is_not_utf_8_is_named():
    assembly = assemble({SOURCE: PERCENT + b"\xff"})
    assert assembly.notes == (f"{SOURCE} is not UTF-8 text; nothing was taken from it.",)


def test_a_mark_in_the_wrong_place_is_named_by_its_line():
    misplaced = PERCENT.replace(b"#| export\nclass Tensor", b"x = 1\n#| export\nclass Tensor")
    (first, _) = sorted(assemble({SOURCE: misplaced}).notes)
    assert "the cell at line 21, was not exported" in first, first


def test_a_suite_that_reads_no_notebooks_reads_no_source_files():
    assert assemble({SOURCE: PERCENT}, policy="never").tree.paths == (SOURCE,)
