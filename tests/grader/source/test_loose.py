"""What is chosen in a browser: one archive, or loose files that are put where the suite asks for them."""

import pytest

from grader.errors import SourceError
from grader.source import SourceLimits, place_files, stage_archive, stage_upload
from tests.grader.source.sources import WORK, is_plain, make_tar, make_zip

TENSOR = "tinytorch/core/tensor.py"


def test_one_archive_is_unpacked_whatever_it_is_called():
    tree = stage_archive(make_zip(WORK))
    assert stage_upload([("work.zip", make_zip(WORK))]).digest == tree.digest
    assert stage_upload([("no ending", make_zip(WORK))]).digest == tree.digest
    assert stage_upload([("work.py", make_tar(*WORK.items()))]).digest == tree.digest


def test_a_file_that_is_named_like_an_archive_and_is_none_is_refused():
    with pytest.raises(SourceError, match=r"'work\.zip' is not a zip"):
        stage_upload([("work.zip", b"import numpy\n")])


def test_loose_files_are_taken_as_they_are_and_an_archive_among_them_is_left_out():
    tree = stage_upload([("a.py", b"1"), ("b.ipynb", b"{}"), ("more.zip", make_zip(WORK))])
    assert tree.paths == ("a.py", "b.ipynb")
    assert [row.path for row in tree.dropped] == ["more.zip"]


@pytest.mark.parametrize(
    ("names", "homes"),
    [
        (["tensor.py"], {"tensor.py": TENSOR}),
        (["tensor.py", "notes.md"], {"tensor.py": TENSOR}),
        (["tensor.py", TENSOR], {}),
        (["Tensor.py"], {"Tensor.py": TENSOR}),
        (["tensor (1).py", "notes (1).md"], {"tensor (1).py": TENSOR}),
        (["tensor - Copy.py"], {"tensor - Copy.py": TENSOR}),
        (["tensor copy 2.py"], {"tensor copy 2.py": TENSOR}),
        (["tensor.py.txt"], {"tensor.py.txt": TENSOR}),
        (["tensor.py", "tensor (1).py"], {"tensor.py": TENSOR}),
        (["tensor (1).py", "tensor (2).py"], {}),  # which of them, nobody knows
        (["copy.py", ".txt", "(1).py"], {}),
        (["layers.py"], {}),
        (["twice.py"], {}),
    ],
)
def test_a_file_goes_where_the_one_required_file_of_its_name_belongs(names, homes):
    assert place_files(names, [TENSOR, "a/twice.py", "b/twice.py"]) == homes


@pytest.mark.parametrize("files", [[("a.pyc", b"1")], [("notes.7z", b"7z")], [("a\n.py", b"1"), ("b\x1b.py", b"2")]])
def test_where_nothing_is_left_the_sentence_says_what_to_choose(files):
    with pytest.raises(SourceError, match="Nothing of what you chose can be graded") as refusal:
        stage_upload(files)
    assert is_plain(str(refusal.value))


def test_two_files_of_one_name_and_too_many_bytes_are_refused():
    with pytest.raises(SourceError, match="twice"):
        stage_upload([("a.py", b"1"), ("a.py", b"2")])
    with pytest.raises(SourceError, match="larger than 10 bytes"):
        stage_upload([("a.py", b"12345678"), ("b.py", b"123")], SourceLimits(archive_bytes=10))
