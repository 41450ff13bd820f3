"""Notebooks become modules as text: which cells, when, and how a line finds its way back (threats T33, T38)."""

import json
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import SourceError
from grader.source import NOTEBOOK_POLICIES, SourceLimits, find_package
from tests.grader.source.notebook_samples import CELLS, EXPORTED, MODULE, NOTEBOOK, assemble, code_of, module_text
from tests.grader.source.sources import make_notebook


def test_a_missing_module_is_assembled_from_its_exported_cells():
    """Exported cells in their order, nothing else, in a package that can be imported."""
    assembly = assemble({NOTEBOOK: make_notebook(*CELLS)})
    assert code_of(assembly) == [
        "import numpy as np",
        "class Tensor:",
        "    def __init__(self, data):",
        "        self.data = np.array(data)",
    ]
    assert assembly.tree.paths == (NOTEBOOK, "tinytorch/__init__.py", "tinytorch/core/__init__.py", MODULE)
    assert assembly.notes == (f"{MODULE} was assembled from {NOTEBOOK}.",)


def test_every_line_finds_its_way_back_to_its_cell():
    """Cells are counted with the text cells, lines with the directives, as the student sees them."""
    assembly = assemble({NOTEBOOK: make_notebook(*CELLS)})
    rows = module_text(assembly).split("\n")
    places = {row: assembly.lines.locate(MODULE, number) for number, row in enumerate(rows, start=1)}
    assert places["import numpy as np"] == f"{NOTEBOOK}, cell 4, line 2"
    assert places["class Tensor:"] == f"{NOTEBOOK}, cell 5, line 4"
    assert places["        self.data = np.array(data)"] == f"{NOTEBOOK}, cell 5, line 6"
    assert places[rows[0]] is None
    assert assembly.lines.locate(MODULE, len(rows) + 5) is None
    assert assembly.lines.locate("tinytorch/other.py", 3) is None


def test_a_real_traceback_is_led_back_to_the_cell():
    """The line that Python names is the line that the map knows."""
    assembly = assemble({NOTEBOOK: make_notebook(*CELLS, "#| export\n# why\nraise ValueError('here')")})
    with pytest.raises(ValueError, match="here") as error:
        exec(compile(module_text(assembly), f"/box/{MODULE}", "exec"), {})
    line = error.value.__traceback__.tb_next.tb_lineno
    frame = f'  File "/box/{MODULE}", line {line}, in <module>'
    assert assembly.lines.annotate(frame) == frame.replace(f"line {line}", f"line {line} ({NOTEBOOK}, cell 6, line 3)")
    assert assembly.lines.annotate('File "elsewhere.py", line 3') == 'File "elsewhere.py", line 3'


def test_nothing_is_executed(capfd: pytest.CaptureFixture[str], tmp_path):
    """T33: neither code, nor magics, nor outputs, nor metadata of a notebook do anything."""
    marker = tmp_path / "marker"
    cell = f"#| default_exp core.tensor\n#| export\n!touch {marker}\n%run {marker}\nopen({str(marker)!r}, 'w')\n"
    raw = json.loads(make_notebook(cell))
    raw["metadata"] = {"kernelspec": {"name": f"; touch {marker}", "display_name": "x", "argv": ["touch", str(marker)]}}
    before = set(sys.modules)
    assemble({NOTEBOOK: json.dumps(raw).encode()})
    assert not marker.exists()
    assert not [name for name in set(sys.modules) - before if name.startswith("tinytorch")]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "directive", ["#| export", "#|export", "#| exporti", "#|exports", "# | export", "  #| export  "]
)
def test_every_way_of_marking_an_export_is_understood(directive: str):
    """The spellings that nbdev takes."""
    assembly = assemble({NOTEBOOK: make_notebook("#| default_exp core.tensor", f"{directive}\nx = 1")})
    assert code_of(assembly) == ["x = 1"]


@pytest.mark.parametrize(
    "source", ["x = 1\n#| export", "# export\nx = 1", "#| hide\nx = 1", "#| exported\nx = 1", "'#| export'"]
)
def test_what_is_no_directive_exports_nothing(source: str):
    """A mark that stands too low is pointed out, since it is an easy mistake."""
    assembly = assemble({NOTEBOOK: make_notebook("#| default_exp core.tensor", source)})
    assert MODULE not in assembly.tree.paths
    if source.endswith("\n#| export"):
        assert assembly.notes == (f"{NOTEBOOK}, cell 2, was not exported: '#| export' must stand in its first lines.",)


@pytest.mark.parametrize(
    ("policy", "outcomes"),
    [
        ("never", {"missing": "none", "equal": "file", "stale": "file", "by hand": "file"}),
        ("missing", {"missing": "notebook", "equal": "file", "stale": "file", "by hand": "file"}),
        ("older", {"missing": "notebook", "equal": "file", "stale": "notebook", "by hand": "file"}),
        ("always", {"missing": "notebook", "equal": "file", "stale": "notebook", "by hand": "notebook"}),
    ],
)
def test_the_policy_decides_whose_text_is_graded(policy: str, outcomes: dict[str, str]):
    """The table of docs/submissions.md; a file that says the same is never touched."""
    files = {
        "missing": None,
        "equal": EXPORTED,
        "stale": EXPORTED.replace(b"np.array(data)", b"data"),
        "by hand": b"class Tensor: ...\n",
    }
    found = {}
    for case, file in files.items():
        contents = {NOTEBOOK: make_notebook(*CELLS)} | ({MODULE: file} if file else {})
        assembly = assemble(contents, policy)
        text = assembly.tree.contents().get(MODULE)
        found[case] = "none" if text is None else "file" if text == file else "notebook"
        assert (MODULE in assembly.lines.paths) == (found[case] == "notebook")
        differs = policy != "never" and found[case] == "file" and case != "equal"
        assert differs == any("was graded as it stands" in note for note in assembly.notes)
    assert found == outcomes
    assert policy in NOTEBOOK_POLICIES


def test_an_unknown_policy_is_the_callers_mistake():
    """A suite's misspelt policy is no student's matter."""
    with pytest.raises(ValueError, match="expected one of never, missing, older, always"):
        assemble({}, "newer")


def test_what_nbdev_changes_on_export_does_not_make_a_file_older():
    """Relative imports, `__all__`, comments and blank lines are nbdev's own, or nobody's."""
    notebook = make_notebook(
        "#| default_exp core.layers",
        "#| export\n%matplotlib inline\n# a comment\nfrom tinytorch.core.tensor import Tensor\n\n\nfrom tinytorch import nn\n",
    )
    exported = (
        b"# AUTOGENERATED! DO NOT EDIT! File to edit: ../modules/03_layers/layers.ipynb.\r\n\r\n__all__ = []\r\n"
        b"# %% ../modules/03_layers/layers.ipynb 2\r\nfrom .tensor import Tensor\r\nfrom .. import nn\r\n"
    )
    contents = {"modules/03_layers/layers.ipynb": notebook, "tinytorch/core/layers.py": exported}
    assert assemble(contents).tree.contents() == contents
    other = {**contents, "tinytorch/core/layers.py": exported.replace(b"import nn", b"import optim")}
    assert assemble(other).tree.contents() != other


def test_an_export_of_another_notebook_is_not_older():
    """Only marks that name this very notebook make a file its export."""
    contents = {NOTEBOOK: make_notebook(*CELLS), MODULE: EXPORTED.replace(b"tensor_dev", b"other").replace(b"np.", b"")}
    assert assemble(contents).tree.contents() == contents


def test_magics_are_silenced_and_nothing_else_is():
    """Lines of IPython's own become statements that do nothing; strings, operators and continuations stay."""
    source = (
        "#| export\n%matplotlib inline\n!pip install numpy \\\n  scipy\nif True:\n    %timeit f()\n"
        "x = (7\n  %x)\ny = '''\n%text\n!text\n'''\nz = 7 \\\n  %y\nfiles = !ls\nTensor?\n?Tensor\n"
        "a = 'it''s' # it's (\n%time g(\nb = [1,\n  !2]\n"
    )
    assembly = assemble({NOTEBOOK: make_notebook("#| default_exp core.tensor", source)})
    assert code_of(assembly) == [
        "pass  # %matplotlib inline",
        "pass  # !pip install numpy \\",
        "pass  # scipy",
        "if True:",
        "    pass  # %timeit f()",
        "x = (7",
        "  %x)",
        "y = '''",
        "%text",
        "!text",
        "'''",
        "z = 7 \\",
        "  %y",
        "pass  # files = !ls",
        "pass  # Tensor?",
        "pass  # ?Tensor",
        "a = 'it''s' # it's (",
        "pass  # %time g(",
        "b = [1,",
        "  !2]",
    ]
    assert f"{NOTEBOOK}, cell 2: notebook commands (% or !) were left out." in assembly.notes


def test_a_cell_magic_silences_its_cell():
    """`%%bash` makes the whole cell something else than Python."""
    cells = ("#| default_exp core.tensor", "#| export\n%%bash\nrm -rf /\n", "#| export\nx = 1 %%2\n")
    assembly = assemble({NOTEBOOK: make_notebook(*cells)})
    assert code_of(assembly) == ["pass  # %%bash", "pass  # rm -rf /", "x = 1 %%2"]


def test_the_lines_of_another_language_are_indented_as_they_like():
    """What is silenced stands at one depth: a page of HTML, or a command over several lines, is no unexpected indent."""
    page = "#| export\n%%html\n<ul>\n  <li>\n    !one\n  </li>\n</ul>\n"
    command = "#| export\nif True:\n    !pip install \\\n        numpy \\\n  scipy\n    x = 1\n"
    assembly = assemble({NOTEBOOK: make_notebook("#| default_exp core.tensor", page, command)})
    scope: dict[str, object] = {}
    exec(module_text(assembly), scope)
    assert scope["x"] == 1


@pytest.mark.parametrize("magic", ["%%time", "%%capture output", "%%prun -l 5"])
@pytest.mark.parametrize("order", ["above", "below"])
def test_a_cell_magic_that_runs_python_leaves_its_cell(magic, order):
    """A timed cell defines what it defines, and nbdev finds its directive below the magic as well."""
    first = f"{magic}\n#| export\n" if order == "above" else f"#| export\n{magic}\n"
    cell = first + 'def f():\n    """Say\n    two.\n    """\n    return 2\n'
    assembly = assemble({NOTEBOOK: make_notebook("#| default_exp core.tensor", cell)})
    scope: dict[str, object] = {}
    exec(module_text(assembly), scope)
    assert scope["f"]() == 2


def test_a_clone_of_the_course_gets_its_package_inside():
    """A project's folder in capitals is no misspelt package, and nothing is put beside it that differs in case alone."""
    assembly = assemble({f"TinyTorch/{NOTEBOOK}": make_notebook(*CELLS), "TinyTorch/setup.py": b""})
    assert f"TinyTorch/{MODULE}" in assembly.tree.paths
    assert find_package(assembly.tree, "tinytorch").path == "TinyTorch/tinytorch"


def test_a_module_named_like_a_file_is_named():
    assembly = assemble({NOTEBOOK: make_notebook("#| default_exp core.tensor.py", "#| export\nx = 1\n")})
    assert not assembly.tree.paths[1:]
    assert any(
        "names its module with the ending .py; write '#| default_exp core.tensor'" in note for note in assembly.notes
    )


def test_future_imports_move_to_the_top_with_their_place():
    """Python wants them first, wherever the student's first exported cell was."""
    cells = (
        "#| default_exp core.tensor",
        "#| export\nx = 1\n",
        "#| export\nfrom __future__ import annotations\ny: z = 2\n",
    )
    assembly = assemble({NOTEBOOK: make_notebook(*cells)})
    compile(module_text(assembly), MODULE, "exec")
    number = module_text(assembly).split("\n").index("from __future__ import annotations") + 1
    assert assembly.lines.locate(MODULE, number) == f"{NOTEBOOK}, cell 3, line 2"


def test_no_student_text_can_name_the_encoding():
    """T38: Python reads an encoding in the first two lines of a file, and those are ours."""
    path = "modules/coding: utf-7/x.ipynb"
    cell = "#| export\n# -*- coding: utf-7 -*-\nx = '\u00e9'\n"
    assembly = assemble({path: make_notebook("#| default_exp core.tensor", cell)})
    names: dict[str, object] = {}
    exec(compile(assembly.tree.read(MODULE), MODULE, "exec"), names)
    assert names["x"] == "\u00e9"


def test_line_ends_of_every_kind_keep_the_map_right():
    """A carriage return is a line end to Python, so it is one to the map."""
    raw = json.loads(make_notebook("#| default_exp core.tensor"))
    raw["cells"].append(
        raw["cells"][0] | {"id": "other", "source": "#| export\r\na = 1\rb = 2\nc = '\u2028\x0c'\nd = 4"}
    )
    assembly = assemble({NOTEBOOK: json.dumps(raw).encode()})
    number = module_text(assembly).split("\n").index("d = 4") + 1
    assert assembly.lines.locate(MODULE, number) == f"{NOTEBOOK}, cell 2, line 5"


def test_two_notebooks_may_write_one_module_if_one_names_the_other():
    """A cell that names its module goes behind the cells of the notebook whose module it is."""
    contents = {
        "modules/00_extra/extra.ipynb": make_notebook("#| default_exp extra", "#| export core.tensor\nlate = 1\n"),
        NOTEBOOK: make_notebook("#| default_exp core.tensor", "#| export\nearly = 1\n"),
    }
    assembly = assemble(contents)
    assert code_of(assembly) == ["early = 1", "late = 1"]
    assert "tinytorch/extra.py" not in assembly.tree.paths


def test_two_different_notebooks_for_one_module_are_refused():
    """Nothing is guessed where a choice would decide the grade; equal copies and Jupyter's own copies do no harm."""
    first, second = make_notebook(*CELLS), make_notebook("#| default_exp core.tensor", "#| export\nx = 1\n")
    with pytest.raises(SourceError, match=r"a\.ipynb and b\.ipynb export different code as one module; keep one\."):
        assemble({"a.ipynb": first, "b.ipynb": second})
    assert assemble({"a.ipynb": first, "b.ipynb": first}).lines.paths == (MODULE,)
    copied = assemble({"a.ipynb": first, "a-Copy1.ipynb": second})
    assert "The notebook a-Copy1.ipynb was not looked at: its name is that of a copy." in copied.notes
    assert "class Tensor:" in module_text(copied)
    graded = assemble({"a.ipynb": first, "b.ipynb": second, MODULE: b"x = 0\n"})
    assert module_text(graded) == "x = 0\n"


def test_a_leading_package_name_is_understood():
    """`default_exp tinytorch.core.tensor` means what its author thinks it means."""
    assembly = assemble({NOTEBOOK: make_notebook("#| default_exp tinytorch.core.tensor", "#| export\nx = 1\n")})
    assert code_of(assembly) == ["x = 1"]


def test_a_module_goes_where_the_package_is():
    """A package in src/ gets its modules there; a package that is one file cannot take any."""
    notebook = make_notebook(*CELLS)
    assembly = assemble({NOTEBOOK: notebook, "src/tinytorch/nn.py": b""})
    assert "src/tinytorch/core/tensor.py" in assembly.tree.paths
    with pytest.raises(SourceError, match=r"is the single file 'tinytorch\.py'"):
        assemble({NOTEBOOK: notebook, "tinytorch.py": b""})
    with pytest.raises(SourceError, match=r"cannot stand beside tinytorch/core\.py"):
        assemble({NOTEBOOK: notebook, "tinytorch/core.py": b""})
    folder = {NOTEBOOK: notebook, "tinytorch/core/tensor/__init__.py": b"x = 1\n"}
    assert MODULE not in assemble(folder).tree.paths
    with pytest.raises(SourceError, match=r"cannot stand beside tinytorch/core/tensor/__init__\.py"):
        assemble(folder, "always")
    with pytest.raises(SourceError, match="more than once"):
        assemble({NOTEBOOK: notebook, "tinytorch/a.py": b"", "src/tinytorch/a.py": b""})
    with pytest.raises(SourceError, match="too large"):
        assemble({NOTEBOOK: notebook}, limits=SourceLimits(file_count=3))


def test_a_notebook_without_cell_ids_is_read():
    """nbformat 4.4 has no cell ids; they decide nothing."""
    assert "class Tensor:" in module_text(assemble({NOTEBOOK: make_notebook(*CELLS, minor=4)}))


def test_a_notebook_of_before_2015_is_refused_by_a_sentence():
    """nbformat 3 has worksheets; whoever still has one can save it again."""
    old = {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": [], "metadata": {}}]}
    assert assemble({NOTEBOOK: json.dumps(old).encode()}).notes == (
        f"The notebook {NOTEBOOK} is in a format that Jupyter has not written since 2015; open it in Jupyter and save it "
        f"again; nothing was taken from it.",
    )


SOURCES = st.text(alphabet="ab=%!?'\"\\\n ()[]#|x1", max_size=60)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(sources=st.lists(SOURCES, min_size=1, max_size=4))
def test_every_exported_line_is_mapped_to_the_line_it_was(sources: list[str]):
    """Whatever the cells hold, the map leads each line of the module to that same text in the notebook."""
    cells = [f"#| export\n{source}" for source in sources]
    assembly = assemble({NOTEBOOK: make_notebook("#| default_exp core.tensor", *cells)})
    for number, row in enumerate(module_text(assembly).split("\n"), start=1):
        place = assembly.lines.locate(MODULE, number)
        if place is None:
            assert not row or row.startswith("#")
            continue
        _, cell, line = place.replace("cell ", "").replace("line ", "").split(", ")
        original = cells[int(cell) - 2].split("\n")[int(line) - 1]
        assert row in (original, original[: len(original) - len(original.lstrip())] + "pass  # " + original.lstrip())
