"""Two files that some computers hold for one: what is not graded is left out with a note, what is graded refuses (T39, T95)."""

import io
import itertools
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from grader.errors import SourceError
from grader.source import (
    FetchPolicy,
    Tree,
    pack_archive,
    place_files,
    prepare_packages,
    stage_archive,
    stage_commit,
    stage_folder,
    stage_upload,
    unpack_archive,
    without_rivals,
)
from grader.source.names import RIVAL
from grader.suite.importing.writing import import_suite
from tests.grader.source.sources import GitRepository, is_plain, make_tar, make_zip, write_files

PACKAGE = {"tinytorch/__init__.py": b"", "tinytorch/core/tensor.py": b"class Tensor: ...\n"}
NOTEBOOK = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
CELLS = b"#| default_exp core.layers\n# %%\n#| export\nclass Linear: ...\n"


def from_git(contents: Mapping[str, bytes], folder: Path) -> Tree:
    """Stage the contents as a commit."""
    repository = GitRepository(folder / "student.git")
    commit = repository.commit(repository.tree(contents))
    return stage_commit(repository.path, commit, policy=FetchPolicy(allow_local=True))


#: How contents are handed in -> what stages them so.
WAYS: dict[str, Callable[[Mapping[str, bytes], Path], Tree]] = {
    "zip": lambda contents, folder: stage_archive(make_zip(contents)),
    "zip, backwards": lambda contents, folder: stage_archive(make_zip(dict(reversed(contents.items())))),
    "tar": lambda contents, folder: stage_archive(make_tar(*contents.items())),
    "folder": lambda contents, folder: stage_folder(write_files(folder / "work", contents)),
    "git": from_git,
}
#: What lies beside the package -> which of it is left out, for which.
LEFT_OUT = {
    "a text": (
        {"README.md": b"1", "Readme.md": b"2", "readme.md": b"3"},
        {"README.md": "readme.md", "Readme.md": "readme.md"},
    ),
    "an accent": (
        {"notes/caf\u00e9.txt": b"1", "notes/cafe\u0301.txt": b"2"},
        {"notes/cafe\u0301.txt": "notes/caf\u00e9.txt"},
    ),
    "a sharp s": ({"stra\u00dfe.csv": b"1", "STRASSE.csv": b"2"}, {"STRASSE.csv": "stra\u00dfe.csv"}),
    "folders": ({"Data/a.csv": b"1", "data/b.csv": b"2"}, {"Data/a.csv": "data"}),
    "a file and a folder": ({"Docs": b"1", "docs/a.md": b"2"}, {"Docs": "docs"}),
    "code of no package": ({"scratch/Try.py": b"1", "scratch/try.py": b"2"}, {"scratch/Try.py": "scratch/try.py"}),
    "data of the package": (
        {"tinytorch/core/Notes.md": b"1", "tinytorch/core/notes.md": b"2"},
        {"tinytorch/core/Notes.md": "tinytorch/core/notes.md"},
    ),
}
GRADED = {
    "a module": {"tinytorch/core/Tensor.py": b"class Tensor: old = 1\n"},
    "a module in capitals": {"TINYTORCH/CORE/TENSOR.PY": b""},
    "a folder of the package": {"tinytorch/Core/layers.py": b""},
    "the package": {"TinyTorch/core/layers.py": b""},
    "a package and a module": {"Tinytorch.py": b"", "tinytorch.py": b""},
    "notebooks": {"modules/01_tensor/Tensor.ipynb": NOTEBOOK, "modules/01_tensor/tensor.ipynb": NOTEBOOK},
    "folders of notebooks": {"Modules/02.ipynb": NOTEBOOK, "modules/01.ipynb": NOTEBOOK},
    "files in cells": {"src/03_layers/Layers.py": CELLS, "src/03_layers/layers.py": CELLS},
    "folders of files in cells": {"Src/04_losses.py": CELLS, "src/03_layers.py": CELLS},
}


@pytest.mark.medium
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", LEFT_OUT)
def test_what_is_not_graded_is_left_out_with_a_note_whatever_way_it_comes(case: str, way: str, tmp_path: Path):
    beside, left_out = LEFT_OUT[case]
    tree = WAYS[way]({**PACKAGE, **beside}, tmp_path)
    assert {item.path: item.reason for item in tree.dropped} == {
        path: f"{RIVAL} '{kept}'" for path, kept in left_out.items()
    }
    assert tree.contents() == {**PACKAGE, **{path: data for path, data in beside.items() if path not in left_out}}
    prepared = prepare_packages(unpack_archive(pack_archive(tree)), ["tinytorch"])
    assert all(any(path in note for note in prepared.notes) for path in left_out)
    assert all(map(is_plain, prepared.notes))


@pytest.mark.medium
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", GRADED)
def test_what_is_graded_refuses_and_names_both_whatever_way_it_comes(case: str, way: str, tmp_path: Path):
    tree = WAYS[way]({**PACKAGE, **GRADED[case]}, tmp_path)
    with pytest.raises(SourceError, match=f"{RIVAL}.*Delete the one that is old, or rename it") as refusal:
        prepare_packages(unpack_archive(pack_archive(tree)), ["tinytorch"])
    assert is_plain(str(refusal.value))


def test_notebooks_of_a_suite_that_reads_none_are_only_left_out():
    beside = GRADED["notebooks"] | GRADED["files in cells"]
    assert len(prepare_packages(stage_archive(make_zip({**PACKAGE, **beside})), ["tinytorch"], "never").notes) == 2


def test_every_order_gives_the_same_tree():
    contents = {**PACKAGE, "A.txt": b"1", "a.txt": b"2", "B/x": b"3", "b/y": b"4"}
    trees = [
        stage_archive(make_tar(*rows))
        for rows in itertools.islice(itertools.permutations(contents.items()), 0, None, 7)
    ]
    assert len({(tree.digest, tree.dropped) for tree in trees}) == 1


def test_two_loose_files_one_of_which_is_called_as_the_suite_asks_refuse():
    """As a browser or a program hands them over: each by its name alone."""
    with pytest.raises(
        SourceError, match=r"'Tensor\.py' and 'tensor\.py' differ only in case.*choose the one"
    ) as refusal:
        place_files(["Tensor.py", "tensor.py", "layers.py"], ["tinytorch/core/tensor.py"])
    assert is_plain(str(refusal.value))
    assert place_files(["Notes.txt", "notes.txt", "tensor.py"], ["tinytorch/core/tensor.py"]) == {
        "tensor.py": "tinytorch/core/tensor.py"
    }


@pytest.mark.parametrize("beside", [{"README.md": b"1", "Readme.md": b"2"}, {"test_a.py": b"1", "Test_a.py": b"2"}])
def test_every_file_of_a_suite_counts(beside: Mapping[str, bytes], tmp_path: Path):
    """What staff hand in is never graded by half of it: a test that is left out would be missed by nobody."""
    files = {f"m01/{path}": data for path, data in {"suite.toml": b"", **beside}.items()}
    with pytest.raises(SourceError, match=f"It holds .*{RIVAL}"):
        without_rivals(stage_archive(make_zip(files)))
    with pytest.raises(SourceError, match=RIVAL):
        import_suite(write_files(tmp_path / "work", beside), tmp_path / "suite")


def test_two_loose_files_one_of_which_the_suite_asks_for_refuse():
    """`Tensor.py` and `tensor.py` are chosen in a browser: the second is put in its place, and the first may be the work."""
    tree = stage_upload([("Tensor.py", b"1"), ("tensor.py", b"2"), ("layers.py", b"3")])
    homes = place_files(tree.paths, ["tinytorch/core/tensor.py"])
    placed = Tree.of({homes.get(path, path): data for path, data in tree.contents().items()}, tree.dropped)
    with pytest.raises(SourceError, match=r"holds 'Tensor\.py', and its name differs only"):
        prepare_packages(placed, ["tinytorch"])


def test_a_name_of_which_a_note_would_show_a_part_refuses():
    long = "x" * 150
    with pytest.raises(SourceError, match=RIVAL):
        stage_archive(make_zip({f"{long}/a.txt": b"", f"{long}/A.txt": b""}))


def test_rivals_without_end_refuse_and_none_is_forgotten_beside_what_else_is_left_out():
    with pytest.raises(SourceError, match=RIVAL):
        stage_archive(make_zip({f"{name}{number}.txt": b"" for number in range(101) for name in "aA"}))
    many = {f"__pycache__/{number:04}.pyc": b"" for number in range(10)} | {
        f"a{number:04}.pyc": b"" for number in range(1_200)
    }
    tree = stage_archive(make_zip({**PACKAGE, **many, **GRADED["a module"]}))
    with pytest.raises(SourceError, match=RIVAL):
        prepare_packages(tree, ["tinytorch"])


def test_a_name_twice_is_refused_as_before():
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for data in (b"1", b"2"):
            member = tarfile.TarInfo("readme.md")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    with pytest.raises(SourceError, match="twice"):
        stage_archive(packed.getvalue())
