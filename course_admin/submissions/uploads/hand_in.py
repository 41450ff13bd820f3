"""Uploads: read and kept to be looked at, and handed in by their student's confirming exactly what was shown.

An upload counts from the moment of confirming: until then nothing was handed in, and its student may choose other files.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.assignments.suites.expectation import Expectation, expectation_of
from course_admin.courses.models import Enrollment, Role
from course_admin.policy import Action, require
from course_admin.submissions.intake.attempts import make_attempt_of_upload
from course_admin.submissions.models import Attempt, Upload
from grader.errors import Fault, SourceError
from grader.sanitize import clean
from grader.source import (
    SourceLimits,
    Tree,
    escape_name,
    pack_archive,
    place_files,
    stage_limited,
    stage_upload,
    unpack_archive,
)
from grader.transport.archives import FolderArchives

log = logging.getLogger(__name__)

Files = Sequence[tuple[str, bytes]]
UPLOAD_BYTES = 30 << 20  # of all files together: what the web server lets through
AN_HOUR_SECONDS = 3600
UPLOADS_AN_HOUR = 60  # of one account: each costs up to half a minute of a processor
NOTE_BYTES = 1_000
NAMES_SHOWN = 20
OURS = _(
    "Something went wrong on our side while your files were read, and nothing was handed in. Please try again in a minute."
)
TOO_MANY = _("You have uploaded very often within this hour. Please wait a while; what you handed in before is kept.")
NO_UPLOADS = _("This assignment takes no uploads: push to your repository instead, or ask your course staff.")
NOT_YOURS = _("Only an active student of the course can hand in here.")
GONE = _("These files are no longer kept, or you have chosen others since. Choose your files again.")
#: Stored with an upload and its attempt in English, and worded anew for each reader.
MOVED = gettext_noop("{name} was put where this assignment expects it: {path}.")
CHANGED = _("These are not the files that were shown to you. Look at them again, then hand in.")


class UploadRefused(ValueError):
    """Nothing was kept or handed in; the text is a sentence for whoever uploads."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What came of reading an upload."""

    tree: Tree
    notes: tuple[str, ...]


def receive_upload(*, student: Enrollment, assignment: Assignment, files: Files, actor: Any, at: datetime) -> Upload:
    """Read what was uploaded and keep it until it is handed in, in place of what waited before.

    Raises Refused, or UploadRefused with a sentence; then what waited before still waits.
    """
    require(actor, Action.HAND_IN, student)
    _require_open(student, assignment)
    _count(actor)
    read = _read(files, expectation_of(assignment))
    packed = pack_archive(read.tree)
    with transaction.atomic():
        Enrollment.objects.select_for_update().get(pk=student.pk)
        Upload.objects.waiting().filter(student=student, assignment=assignment).delete()
        return Upload.objects.create(
            student=student,
            assignment=assignment,
            account=actor,
            file_names=[escape_name(name) for name, _ in files[:NAMES_SHOWN]],
            sha256=_digest(files),
            size_bytes=sum(len(data) for _, data in files),
            tree_digest=read.tree.digest,
            archive_sha256=hashlib.sha256(packed).hexdigest(),
            notes=[clean(note, NOTE_BYTES) for note in read.notes],
            held=packed,
            uploaded_at=at,
        )


def hand_in(*, upload: Upload, digest: str, actor: Any, at: datetime) -> Attempt:
    """Make the attempt of an upload whose student confirms it by its archive's digest; the same one if that was done before.

    Raises Refused, or UploadRefused with a sentence.
    """
    require(actor, Action.HAND_IN, upload)
    with transaction.atomic():
        rows = Upload.objects.select_for_update(of=("self",)).select_related("student", "assignment__suite")
        held = rows.filter(pk=upload.pk).first()
        if held is None:
            raise UploadRefused(GONE)
        if digest != held.archive_sha256:
            raise UploadRefused(CHANGED)
        if held.held is None:
            return Attempt.objects.get(upload=held)
        _require_open(held.student, held.assignment)
        packed = bytes(held.held)
        stored = {
            "tree_digest": held.tree_digest,
            "archive_sha256": FolderArchives(settings.ASSAY_ARCHIVES).put(packed),
            "archive_bytes": len(packed),
            "notes": held.notes,
        }
        held.held, held.confirmed_at = None, at
        held.save(update_fields=["held", "confirmed_at"])
        refusal = clean(_refusal(packed, held.assignment), NOTE_BYTES)
        return make_attempt_of_upload(upload=held, stored=stored, refusal=refusal, at=at)


def _refusal(packed: bytes, assignment: Assignment) -> str:
    """Say why an assignment's suite cannot judge an upload at all; empty if it can, or if this machine cannot tell."""
    try:
        return expectation_of(assignment).refusal(unpack_archive(packed))
    except Fault:  # the machine is busy: judging says it
        return ""


def forget_uploads(*, at: datetime) -> int:
    """Delete what waited too long to be handed in; return how much that was."""
    return Upload.objects.forgotten(at).delete()[0]


def _require_open(student: Enrollment, assignment: Assignment) -> None:
    """Raise UploadRefused unless a student can hand an assignment in by an upload."""
    if not student.is_active or student.role != Role.STUDENT or assignment.course_id != student.course_id:
        raise UploadRefused(NOT_YOURS)
    if assignment.is_draft or not assignment.takes_uploads:
        raise UploadRefused(NO_UPLOADS)


def _count(actor: Any) -> None:
    """Count an upload before it is read. Raises UploadRefused for one too many."""
    key = f"uploads-{actor.pk}"
    cache.add(key, 0, AN_HOUR_SECONDS)
    try:
        count = cache.incr(key)
    except ValueError:  # the hour was over in between
        count = 1
    if count > UPLOADS_AN_HOUR:
        raise UploadRefused(TOO_MANY)


def _read(files: Files, expected: Expectation) -> _Read:
    """Return the tree of an upload, and what its student should know. Raises UploadRefused."""
    if not files:
        raise UploadRefused(gettext("Choose at least one file."))
    try:
        homes = place_files([name for name, _ in files], expected.required_files)
        placed = [(homes.get(name, name), data) for name, data in files]
        tree = stage_limited(lambda: stage_upload(placed, SourceLimits(archive_bytes=UPLOAD_BYTES)))
    except SourceError as problem:
        raise UploadRefused(clean(str(problem), NOTE_BYTES)) from problem
    except Fault as problem:
        log.error("An upload could not be read: %s", problem)
        raise UploadRefused(OURS) from problem
    moved = [MOVED.format(name=name, path=path) for name, path in homes.items()]
    return _Read(tree, (*moved, *tree.notes()))


def _digest(files: Files) -> str:
    """Return the digest of what arrived: of one file its own, of several one over their names, sizes and digests."""
    if len(files) == 1:
        return hashlib.sha256(files[0][1]).hexdigest()
    lines = [f"{hashlib.sha256(data).hexdigest()} {len(data)} {escape_name(name)}\n" for name, data in sorted(files)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
