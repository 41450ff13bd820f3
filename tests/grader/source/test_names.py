"""File names: what misleads is refused and shown escaped, what is only text is kept (threat T95)."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.errors import SourceError
from grader.source import stage_folder
from grader.source.names import RIVAL, fold
from tests.grader.source.sources import is_plain, stage_or_refuse, write_files


@pytest.mark.parametrize(
    "name",
    [b"\xff.py", b"a\nb.py", b"a\x1b[31m.py", "a\u202eyp.py".encode(), "a\u200b.py".encode(), b"a\x7f.py"],
)
def test_a_file_of_an_odd_name_is_left_out(tmp_path: Path, name: bytes):
    """T95: not UTF-8, line ends, terminal codes, bidi, invisible letters: left out, and shown as escapes."""
    write_files(tmp_path / "w", {"x.py": b"1"})
    with open(os.fsencode(tmp_path / "w") + b"/" + name, "wb"):
        pass
    tree = stage_folder(tmp_path / "w")
    assert tree.paths == ("x.py",)
    (left_out,) = tree.dropped
    assert is_plain(left_out.path + left_out.reason)


def test_a_backslash_in_a_name_refuses_the_submission(tmp_path: Path):
    """T95: it may be a letter or a folder's end, and nobody can tell."""
    with pytest.raises(SourceError, match="backslash") as refusal:
        stage_folder(write_files(tmp_path / "w", {"a\\b.py": b""}))
    assert is_plain(str(refusal.value))


@pytest.mark.parametrize("name", ["-rf", "--help", "$(id)", "<script>.py", "=1+1", "a b.py", "caf\u00e9.py", "#.py"])
def test_names_that_are_only_text_are_kept(tmp_path: Path, name: str):
    """T95: options, markup and spaces are legal in a name; whoever shows one escapes it."""
    assert stage_folder(write_files(tmp_path / "w", {name: b"1"})).contents() == {name: b"1"}


@pytest.mark.parametrize(
    ("left_out", "kept"), [("Tensor.py", "tensor.py"), ("Core/a.py", "core/b.py"), ("e\u0301.py", "\u00e9.py")]
)
def test_of_names_that_collide_elsewhere_one_is_left_out(tmp_path: Path, left_out: str, kept: str):
    """T95: case and normal form may not be all that tells two files apart."""
    tree = stage_folder(write_files(tmp_path / "w", {left_out: b"1", kept: b"2"}))
    assert tree.contents() == {kept: b"2"}
    ((path, reason),) = [(item.path, item.reason) for item in tree.dropped]
    assert (path, reason.startswith(RIVAL)) == (left_out, True)


NAMES = st.one_of(
    st.text(min_size=1, max_size=12),
    st.text(alphabet="ab./\\-\u202e\x00\n\u00e9e\u0301A", min_size=1, max_size=8),
    st.sampled_from(["..", ".", "CON", "-x", ".git", "a.pyc", "x" * 250, "a.py"]),
)


@pytest.mark.medium
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(NAMES, min_size=1, max_size=5, unique=True))
def test_any_name_is_staged_faithfully_or_refused(tmp_path_factory: pytest.TempPathFactory, names: list[str]):
    """T95: whatever a name is, the file is kept with its bytes, left out with a note, or refused in one sentence."""
    work = tmp_path_factory.mktemp("work")
    written = set()
    for name in names:
        try:
            with open(work / name.replace("/", "-"), "xb") as file:
                file.write(os.fsencode(name.replace("/", "-")))
            written.add(name.replace("/", "-"))
        except (OSError, ValueError):
            continue  # this file system does not take the name, or has it already
    tree = stage_or_refuse(lambda: stage_folder(work))
    if tree is None:
        return
    assert set(tree.paths) <= written
    assert all(data == path.encode() for path, data in tree.contents().items())
    assert len(tree.files) + len(tree.dropped) == len(written)


@given(st.lists(st.text(st.characters(exclude_characters="/"), max_size=6), min_size=1, max_size=4))
def test_a_path_folds_part_by_part(parts: list[str]):
    """The register folds each folder once, whatever stands before and behind a slash."""
    assert fold("/".join(parts)) == "/".join(map(fold, parts))


@pytest.mark.parametrize("mark", ["\u0338", "\u0301", "\u1161", "\u0345", "\u3099"])
def test_no_mark_joins_with_the_slash_before_it(mark: str):
    """A component may begin with a mark that joins with what stands before it elsewhere."""
    assert fold(f"A/{mark}B") == f"{fold('A')}/{fold(mark + 'B')}"
