"""What is compared: each student's newest submission, and the texts that the course added; and what is given, and never counts.

Of a submission the file counts that the assignment's suite is about, where the suite names it and the submission has it; else all
its Python files but tests.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

from course_admin.assignments.models import Assignment
from course_admin.review.models import AddedText, TextKind
from course_admin.submissions.models import Attempt, AttemptMember
from grader.errors import GraderError
from grader.source import unpack_archive
from grader.suite.authoring.skeleton import skeleton
from grader.suite.bundle import REFERENCE
from grader.transport.archives import FolderArchives

TEXT = "text-"  # begins the name of an added text; attempts are named by their public id


@dataclass(frozen=True, slots=True)
class Subject:
    """What an assignment's suite is about: its file, empty if it names none, and the texts of its reference by path."""

    file: str
    reference: dict[str, str]

    def given(self) -> Iterator[str]:
        """Yield what nobody wrote: the reference, and the starter that is made from it."""
        own = [self.reference[self.file]] if self.file in self.reference else list(self.reference.values())
        for text in own:
            yield text
            try:
                yield skeleton(text)
            except (SyntaxError, ValueError):  # a reference is some course's own: what cannot be read gives no starter
                continue


def subject_of(assignment: Assignment) -> Subject:
    """Return what an assignment is about; nothing is known of a suite whose archive is not at hand."""
    suite = assignment.suite
    files = python_files(suite.archive_sha256, with_manifest=True) if suite else {}
    reference = {
        path.removeprefix(f"{REFERENCE}/"): text for path, text in files.items() if path.startswith(f"{REFERENCE}/")
    }
    manifest = next((text for path, text in files.items() if path.endswith("suite.toml")), "")
    try:
        modules = tomllib.loads(manifest).get("modules", [])
    except tomllib.TOMLDecodeError:
        modules = []
    file = f"{str(modules[-1]).replace('.', '/')}.py" if modules else ""
    return Subject(file, reference)


def python_files(archive_sha256: str, *, with_manifest: bool = False) -> dict[str, str]:
    """Return the Python files of an archive by path; nothing if it is not at hand."""
    try:
        tree = unpack_archive(FolderArchives(settings.ASSAY_ARCHIVES).get(archive_sha256))
    except GraderError:
        return {}
    wanted = (".py", "suite.toml") if with_manifest else (".py",)
    return {file.path: file.data.decode("utf-8", "replace") for file in tree.files if file.path.endswith(wanted)}


def text_of(attempt: Attempt, subject: Subject) -> str:
    """Return what of an attempt is compared; empty if its files are not at hand."""
    files = python_files(attempt.archive_sha256) if attempt.archive_sha256 else {}
    named = [path for path in files if subject.file and (path == subject.file or path.endswith(f"/{subject.file}"))]
    chosen = named or [path for path in sorted(files) if "test" not in path.rpartition("/")[2]]
    return "\n".join(files[path] for path in chosen)


def newest_attempts(assignment: Assignment) -> list[Attempt]:
    """Return each active student's newest attempt that has files; what a group handed in comes once."""
    members = AttemptMember.objects.filter(assignment=assignment, student__is_active=True).exclude(
        attempt__archive_sha256=""
    )
    newest = members.newest_of_each().values("attempt")
    return list(Attempt.objects.filter(pk__in=newest).with_people().order_by("pk"))


def solutions(assignment: Assignment) -> dict[str, AddedText]:
    """Return the added texts that submissions are compared with, by name."""
    rows = AddedText.objects.filter(assignment=assignment, kind=TextKind.SOLUTION)
    return {f"{TEXT}{row.pk}": row for row in rows}


def given_texts(assignment: Assignment) -> list[str]:
    """Return the added texts that never count."""
    rows = AddedText.objects.filter(assignment=assignment, kind=TextKind.GIVEN)
    return list(rows.values_list("text", flat=True))
