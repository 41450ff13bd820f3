"""Suites made in the browser of tests that a course has: read and shown with its notes first, kept as a version when told to.

Nothing of a source is executed, and all of it is read by a child process with limits. Between the two steps the suite lies
among the archives, known by its hash; who may name one, the view signs.
"""

import io
import re
import tempfile
import zipfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from course_admin.assignments.models import SuiteVersion
from course_admin.assignments.suites.versions import register_tree
from grader.errors import SourceError, SuiteError, UsageError
from grader.source import Tree, pack_archive, stage_archive, stage_limited, unpack_archive, without_rivals
from grader.suite.importing.writing import NOTES, import_suite
from grader.suite.manifest import MANIFEST, load_suite
from grader.transport.archives import FolderArchives

REFERENCE = "reference"
NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_WRITTEN_AS = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody has sent: what they call it, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ImportedSuite:
    """A suite that was made and is no version yet."""

    name: str
    title: str
    archive_sha256: str
    notes: Sequence[tuple[str, str]]  # a heading, and what stands below it, in Markdown
    files: Sequence[str]
    has_reference: bool


def read_source(*, name: str, source: Upload, reference: Upload | None) -> ImportedSuite:
    """Make a suite of a source, with a right solution beside it if there is one; raises SuiteError, in one sentence.

    It is stored among the archives, and nothing in the database knows of it.
    """
    if not NAME.fullmatch(name):
        raise SuiteError("A suite's name has small letters, digits and _, and begins with a letter.")
    with _scratch() as scratch:
        folder = Path(scratch).resolve()
        place = folder / (_WRITTEN_AS.sub("-", source.name)[-100:].strip(".-") or "source")
        place.write_bytes(source.data)
        (folder / "suites").mkdir()
        try:
            import_suite(place, folder / "suites" / name)
            if reference is not None:
                _add_reference(folder / "suites" / name, reference)
        except (SourceError, UsageError) as problem:
            raise SuiteError(str(problem).replace(f"{folder}/", "")) from problem
        suite = load_suite(folder / "suites" / name)
        tree = Tree.of(_files_below(folder / "suites"))
        return ImportedSuite(
            name=name,
            title=suite.title,
            archive_sha256=FolderArchives(settings.ASSAY_ARCHIVES).put(pack_archive(tree)),
            notes=sections((suite.folder / NOTES).read_text(encoding="utf-8")),
            files=[path.partition("/")[2] for path in tree.paths],
            has_reference=suite.reference is not None,
        )


def keep(*, archive_sha256: str, at: datetime) -> SuiteVersion:
    """Keep a suite that was made as a version, which is sent to be checked if it has a reference; raises SuiteError."""
    return register_tree(tree=_stored(archive_sha256), at=at)


def as_zip(archive_sha256: str) -> bytes:
    """Return a suite that was made as a zip file with one folder, to be worked on and uploaded again."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(_stored(archive_sha256).contents().items()):
            archive.writestr(zipfile.ZipInfo(path), data)
    return packed.getvalue()


def sections(notes: str) -> list[tuple[str, str]]:
    """Return the parts of a page of notes by their headings."""
    parts = re.split(r"^## (.*)\n", notes, flags=re.MULTILINE)
    return [(heading, text.strip()) for heading, text in zip(parts[1::2], parts[2::2], strict=True)]


def _scratch() -> AbstractContextManager[str]:
    return tempfile.TemporaryDirectory(prefix="assay-import-")


def _stored(archive_sha256: str) -> Tree:
    return unpack_archive(FolderArchives(settings.ASSAY_ARCHIVES).get(archive_sha256))


def _files_below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _add_reference(folder: Path, upload: Upload) -> None:
    """Put a right solution beside a suite and name it in the manifest; raises SourceError for what is none."""
    tree = _solution(upload)
    tops = {path.partition("/")[0] for path in tree.paths}
    packages = load_suite(folder).packages
    files = tree.contents()
    if len(tops) == 1 and not tops & {*packages, *(f"{name}.py" for name in packages)}:
        files = {path.partition("/")[2] or path: data for path, data in files.items()}
    there = {path.partition("/")[0].removesuffix(".py") for path in files}
    if missing := [name for name in packages if name not in there]:
        raise SourceError(
            f"The solution has no {missing[0]}.py and no folder {missing[0]}, which the tests import: choose the file or the "
            "folder in which it lies."
        )
    Tree.of(files).write_to(folder / REFERENCE)
    manifest = folder / MANIFEST
    text = manifest.read_text(encoding="utf-8")
    if not re.search(r"^reference = ", text, re.MULTILINE):
        first, _, rest = text.partition("\n")
        manifest.write_text(f'{first}\nreference = "{REFERENCE}"\n{rest}', encoding="utf-8")


def _solution(upload: Upload) -> Tree:
    if upload.name.endswith(".py"):
        return Tree.of({upload.name.rpartition("/")[2]: upload.data})
    return without_rivals(stage_limited(lambda: stage_archive(upload.data, upload.name)))
