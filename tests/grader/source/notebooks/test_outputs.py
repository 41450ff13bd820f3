"""A notebook's outputs decide nothing: they are dropped at every door, and what is left weighs what its sources do."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import SourceError
from grader.source import SourceLimits, assemble_notebooks, stage_archive, stage_commit, stage_folder
from grader.source.git.repository import FetchPolicy
from grader.source.notebooks.outputs import drop_outputs
from grader.source.notebooks.problem import NotebookProblem
from tests.grader.source.notebook_samples import CELLS, EXPORTED, MODULE, NOTEBOOK
from tests.grader.source.sources import GitRepository, make_notebook, make_tar, make_zip, write_files

PLOT = '"]}\\' * 16  # what would end an output early if strings were not read as such


def with_plots(size_bytes: int, *cells: str, source: str = "") -> bytes:
    """Return a notebook whose outputs have about this size."""
    raw = json.loads(make_notebook(*(cells or CELLS), *([source] if source else [])))
    text = PLOT * (size_bytes // len(json.dumps(PLOT)))
    for cell in raw["cells"]:
        cell["metadata"] = {"outputs": [{"deep": [[]]}]}
    raw["cells"][-1]["outputs"] = [{"output_type": "display_data", "data": {"image/png": text, "outputs": [1, {}]}}]
    raw["cells"][0]["attachments"] = {"image.png": {"image/png": "0" * 100}}
    raw["metadata"] = {"widgets": {"state": ["0" * 100]}}
    return json.dumps(raw).encode()


@pytest.mark.slow
@pytest.mark.parametrize("size", [2**22, 20 * 2**20])
def test_megabytes_of_plots_are_graded(size: int, tmp_path: Path):
    """The same tree by every door, and the module is the notebook's."""
    files = {NOTEBOOK: with_plots(size), "tinytorch/__init__.py": b""}
    tree = stage_folder(write_files(tmp_path / "work", files))
    assert tree.total_bytes < 2_000
    assert tree.dropped == ()
    assert b"class Tensor" in assemble_notebooks(tree, "older", "tinytorch").tree.read(MODULE)
    repository = GitRepository(tmp_path / "r.git")
    commit_id = repository.commit(repository.tree(files))
    assert stage_commit(repository.path, commit_id, policy=FetchPolicy(allow_local=True)) == tree
    assert stage_archive(make_tar(*files.items())) == tree
    assert stage_archive(make_zip(files, 0)) == tree


@pytest.mark.slow
def test_fourteen_notebooks_with_plots_are_graded():
    """Together they are larger than a submission may be; their sources are not."""
    files = {f"modules/{index:02}/a.ipynb": with_plots(1_677_722) for index in range(14)}
    assert len(stage_archive(make_tar(*files.items())).files) == 14


@pytest.mark.slow
def test_a_large_notebook_beside_an_older_export_is_graded(tmp_path: Path):
    """The old export must not be graded in its place."""
    files = {NOTEBOOK: with_plots(6 * 2**20), MODULE: EXPORTED.replace(b"np.array(data)", b"data")}
    assembly = assemble_notebooks(stage_folder(write_files(tmp_path, files)), "older", "tinytorch")
    assert b"np.array(data)" in assembly.tree.read(MODULE)


@pytest.mark.parametrize(
    ("notebook", "reason"),
    [
        (with_plots(10, source="#" * 30_000), "larger than 20000 bytes even without its outputs"),
        (with_plots(60_000), "larger than 50000 bytes"),
        (b"[" * 30_000, "larger than 20000 bytes"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer stands in"),
        (b"{}", "it cannot be read"),
    ],
)
def test_a_notebook_that_is_left_out_is_never_replaced_without_a_word(notebook: bytes, reason: str, tmp_path: Path):
    """Whatever the reason is, the note names the file that was graded and the notebook that was not."""
    limits = SourceLimits(file_bytes=20_000, notebook_bytes=50_000)
    tree = stage_folder(write_files(tmp_path, {NOTEBOOK: notebook, MODULE: EXPORTED}), limits)
    assembly = assemble_notebooks(tree, "older", "tinytorch")
    (note,) = [note for note in assembly.notes if note.startswith(MODULE)]
    assert note.startswith(f"{MODULE} was graded as it stands, an earlier export of {NOTEBOOK}: that notebook itself")
    assert reason in note


def test_notebooks_have_a_limit_together():
    """What is dropped is read first, so that it must end somewhere."""
    limits = SourceLimits(notebooks_bytes=30_000)
    with pytest.raises(SourceError, match="notebooks are larger than 30000 bytes together; clear their outputs"):
        stage_archive(make_tar(("a.ipynb", with_plots(20_000)), ("b.ipynb", with_plots(20_000))), limits=limits)


def test_everything_but_outputs_attachments_and_metadata_is_kept():
    """A slim notebook still opens in Jupyter, and passes unchanged."""
    slim = drop_outputs(with_plots(1_000))
    raw, kept = json.loads(with_plots(1_000)), json.loads(slim)
    assert [cell["source"] for cell in kept["cells"]] == [cell["source"] for cell in raw["cells"]]
    assert kept["cells"][-1]["outputs"] == []
    assert kept["metadata"] == kept["cells"][0]["metadata"] == kept["cells"][0]["attachments"] == {}
    assert drop_outputs(slim) == slim


VALUES = st.recursive(
    st.none() | st.integers() | st.text(alphabet='a"\\[]{}:,'),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["outputs", "source", "x"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(value=VALUES, source=st.text(alphabet='a"\\[]{}:, \n'))
def test_no_output_changes_what_is_kept(value: object, source: str):
    """Whatever JSON stands in its outputs, a notebook's source is read as it was."""
    raw = {"metadata": value, "cells": [{"outputs": value, "source": source, "metadata": value, "cell_type": "code"}]}
    kept = json.loads(drop_outputs(json.dumps(raw).encode()))
    assert kept["cells"][0]["source"] == source


@pytest.mark.parametrize("data", [b'{"cells": [{"outputs": [', b'{"outputs": ["a\\"', b'{"outputs": {"a": "'])
def test_a_notebook_that_is_cut_short_is_a_problem(data: bytes):
    """Half a notebook is no shorter notebook."""
    with pytest.raises(NotebookProblem, match="cut short"):
        drop_outputs(data)
