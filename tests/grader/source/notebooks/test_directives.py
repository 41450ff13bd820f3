"""Which cells a notebook exports: nbdev's directives of both generations, and what is said where none is found."""

import json

import pytest

from grader.source.notebooks.reader import read_notebook
from tests.grader.source.notebook_samples import MODULE, NOTEBOOK, assemble, code_of
from tests.grader.source.sources import make_notebook

CURRENT, OLD = "#| default_exp core.tensor", "# default_exp core.tensor"


@pytest.mark.parametrize(
    ("default", "mark"),
    [
        (OLD, "#export"),
        (OLD, "# export"),
        (OLD, "#exports"),
        ("#default_exp core.tensor", "# exporti"),
        ("# default_exp core.tensor  ", "#  export "),
        (CURRENT, "#export"),
        (OLD, "#| export"),
    ],
)
def test_the_marks_of_nbdev_1_are_read(default: str, mark: str):
    """Old notebooks are still about, and mixed ones that somebody began to convert."""
    assembly = assemble({NOTEBOOK: make_notebook(default, f"{mark}\nx = 1", "#hide\ny = 2", "# exported later\nz = 3")})
    assert code_of(assembly) == ["x = 1"]
    assert assembly.lines.locate(MODULE, assembly.tree.read(MODULE).split(b"\n").index(b"x = 1") + 1).endswith(
        "2, line 2"
    )


def test_an_old_mark_may_name_its_module():
    """`#export core.other` wrote one cell elsewhere, as `#| export core.other` does."""
    notebook = make_notebook(OLD, "#export\nx = 1", "#export core.other\ny = 2")
    assembly = assemble({NOTEBOOK: notebook})
    assert code_of(assembly, "tinytorch/core/other.py") == ["y = 2"]


def test_an_ordinary_comment_is_no_mark_in_a_current_notebook():
    """`# export` with a space is prose where `#|` names the module; that it may have been meant is said."""
    notebook = read_notebook(
        "a.ipynb", make_notebook(CURRENT, "# export\nx = 1", "# export the weights as text\ny = 1")
    )
    assert notebook.cells == ()
    assert notebook.notes == ("a.ipynb, cell 2, was not exported: '#| export' must stand in its first lines.",)


@pytest.mark.parametrize("cells", [["x = 1"], [CURRENT, "x = 1"], [("markdown", "#| export")], []])
def test_a_notebook_that_exports_nothing_gets_a_note(cells: list):
    """Otherwise its author reads only that a file is missing."""
    (note,) = assemble({"tensor.ipynb": make_notebook(*cells), "tinytorch/__init__.py": b""}).notes
    assert note.startswith(
        "Nothing was taken from tensor.ipynb, since no cell is marked for export: put '#| export' above"
    )


def test_notebooks_that_export_nothing_share_one_note():
    """Ten notebooks of experiments must not drown what matters."""
    (note,) = assemble({f"{index}.ipynb": make_notebook("x = 1") for index in range(10)}).notes
    assert note.startswith("Nothing was taken from 0.ipynb, 1.ipynb, 2.ipynb and 7 more, since")


def test_exports_to_no_module_are_pointed_out():
    """Marked cells without a module's name go nowhere."""
    (note,) = assemble({"a.ipynb": make_notebook("#| export\nx = 1", "#| export\ny = 1")}).notes
    assert note.startswith("a.ipynb exports 2 cells to no module: name it in a cell of its own")
    (note,) = assemble({"a.ipynb": make_notebook("#| export\nx = 1")}).notes
    assert note.startswith("a.ipynb exports one cell to no module")


@pytest.mark.parametrize("missing", [None, {}, [], 0, "absent"])
@pytest.mark.parametrize("key", ["metadata", "outputs", "execution_count", "id", "cell_type"])
def test_what_decides_nothing_may_be_null_or_missing(key: str, missing: object):
    """Other editors and merge tools leave keys out, or write null."""
    raw = json.loads(make_notebook(CURRENT, "#| export\nx = 1"))
    if key == "cell_type" and missing not in (None, "absent"):
        missing = "code"
    for holder in [raw, *raw["cells"]]:
        holder.pop(key, None)
        if missing != "absent":
            holder[key] = missing
    for name in ("nbformat", "nbformat_minor"):
        raw.pop(name)
    assert code_of(assemble({NOTEBOOK: json.dumps(raw).encode()})) == ["x = 1"]


def test_a_cell_without_source_is_an_empty_cell():
    """It is counted, so that the numbers of the others stay what the student sees."""
    raw = json.loads(make_notebook(CURRENT, "y = 1", "z = 1", "#| export\nx = 1"))
    raw["cells"][1]["source"] = None
    del raw["cells"][2]["source"]
    (cell,) = read_notebook(NOTEBOOK, json.dumps(raw).encode()).cells
    assert (cell.number, cell.lines) == (4, ("x = 1",))
