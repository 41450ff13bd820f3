"""The engine's files in a box: all of what is given, with byte code that need not be made anew."""

import os
import struct
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from grader.sandbox.rootfs import runtime
from grader.sandbox.rootfs.runtime import PACKAGE, agent_folder


@pytest.mark.parametrize("kind", ["candidate", "judge"])
def test_byte_code_fits_its_source_and_is_the_engines_own(kind: str) -> None:
    copied = sorted((agent_folder(kind) / "grader").rglob("*.py"))
    assert copied
    for path in copied:
        source = PACKAGE / path.relative_to(agent_folder(kind) / "grader")
        assert path.read_bytes() == source.read_bytes()
        made = Path(cache_from_source(path)).read_bytes()
        written = path.stat()
        assert struct.unpack("<II", made[8:16]) == (int(written.st_mtime), written.st_size), path
        if source.parent != PACKAGE:  # made once, beside the source, and not by this process
            assert made == Path(cache_from_source(source)).read_bytes(), path


def test_folders_of_dead_workers_are_removed_and_what_is_gone_meanwhile_is_no_fault(
    tmp_path: Path,
) -> None:
    """A link to nowhere stands for a folder that another worker removes at the same moment."""
    (tmp_path / "assay-999999999-gone").symlink_to("nowhere")
    (tmp_path / "assay-999999998-left" / "box-1").mkdir(parents=True)
    kept = tmp_path / f"assay-{os.getpid()}-mine"
    kept.mkdir()
    runtime._remove_stale(tmp_path)
    assert kept.exists()
    assert not (tmp_path / "assay-999999998-left").exists()
