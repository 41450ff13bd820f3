"""A suite as an autograder that runs inside Gradescope's container: packed in the queue, fetched from a page, run there alone.

Packing takes seconds, the first time many; so a page asks for it and follows it. One archive of a suite is packed at a time,
whoever asks, and serves all its assignments for a week; what is one assignment's own, the key of its seeds, is added when it is
fetched. Archives lie below `ASSAY_ARCHIVES`, which the pages and the workers of the queue `sync` share.
"""

import hashlib
import hmac
import logging
import os
import secrets
import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from course_admin.assignments.models import Assignment, SuiteVersion
from course_admin.identity.models import User
from course_admin.integrations.gradescope.models import PackedAutograder
from course_admin.integrations.outbox.enquiry.asking import KEPT_FOR, NoAnswer, Step, answer, note
from course_admin.languages.stored_words import StoredSentences
from course_admin.policy import Action, require
from grader.autograder.archive import PackedSuite, write_identity, write_parts
from grader.errors import Fault, SuiteError
from grader.sandbox.rootfs.locate import find_roots
from grader.transport.archives import FolderArchives

log = logging.getLogger(__name__)

NO_SUITE = _("{assignment} has no suite yet: choose one first.")
NOT_PACKED = _("There is no archive of this suite at present: have it made first.")
NOT_HERE = gettext_noop(
    "This server cannot make the archive, since the file systems of boxes are not here or the suite is not: an administrator "
    "makes them with python -m grader.sandbox.rootfs, or you make the archive with python -m grader bundle gradescope."
)
FOLDER = "for-gradescope"
UNFINISHED_FOR = timedelta(hours=1)  # a file that no row names by then was left by a worker that died
_STORED = StoredSentences([NOT_HERE])


class CannotBePacked(Exception):
    """There is no such archive, for the reason that the message names."""


def ask(*, assignment: Assignment, actor: User | None, at: datetime) -> bool:
    """Note that the archive of an assignment's present suite is wanted; False if it is there already, or on its way.

    The caller sends the task if it is not. Raises Refused and CannotBePacked.
    """
    require(actor, Action.SET_UP, assignment.course)
    if assignment.suite is None:
        raise CannotBePacked(NO_SUITE.format(assignment=assignment))
    with transaction.atomic():
        SuiteVersion.objects.select_for_update().get(pk=assignment.suite.pk)  # who asks at the same moment waits here
        found = PackedAutograder.objects.filter(suite=assignment.suite).first()
        if found is not None and (found.is_waiting(at) or is_ready(found, at)):
            return False
        note(PackedAutograder, assignment.suite, at)
    return True


def is_ready(found: PackedAutograder | None, at: datetime) -> bool:
    """Say whether an archive can be fetched."""
    return found is not None and found.read_at is not None and at < found.asked_at + KEPT_FOR and _path(found).is_file()


def pack(*, asked: PackedAutograder, at: datetime) -> None:
    """Pack the archive of a suite and keep it, or why there is none."""

    def find(step: Step) -> dict[str, Any]:
        try:
            return _packed(asked.suite, step)
        except SuiteError as problem:
            raise NoAnswer(f"{problem}.") from problem
        except (Fault, OSError) as problem:  # an image of the service has not even the pins that boxes are made from
            log.warning("The archive of %s for Gradescope was not packed: %s", asked.suite, problem)
            raise NoAnswer(NOT_HERE) from problem

    answer(asked=asked, find=find, at=at)


def _packed(suite: SuiteVersion, step: Step) -> dict[str, Any]:
    """Write the archive of a suite whole, under a name that nobody can guess; return what is kept of it. Raises Fault."""
    archive = FolderArchives(settings.ASSAY_ARCHIVES).get(suite.archive_sha256)
    roots = find_roots()
    folder, name = _folder(), f"{suite.digest[:16]}-{secrets.token_hex(16)}.zip"
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".", suffix=".zip", delete=False) as unfinished:
        try:
            write_parts(unfinished, PackedSuite(suite.name, suite.digest, archive), roots, step)
        except BaseException:
            os.unlink(unfinished.name)
            raise
        os.fchmod(unfinished.fileno(), 0o640)
    os.replace(unfinished.name, folder / name)
    return {"file": name, "size_bytes": (folder / name).stat().st_size}


def fetch(*, assignment: Assignment, actor: User | None, target: IO[bytes], at: datetime) -> None:
    """Write an assignment's archive, which holds its tests. Raises Refused, and CannotBePacked if none of its suite is there."""
    require(actor, Action.SET_UP, assignment.course)
    found = PackedAutograder.objects.filter(suite=assignment.suite).first()
    if found is None or assignment.suite is None or not is_ready(found, at):
        raise CannotBePacked(NOT_PACKED)
    try:
        with _path(found).open("rb") as source:
            shutil.copyfileobj(source, target)
    except OSError:
        raise CannotBePacked(NOT_PACKED) from None
    write_identity(target, assignment.suite.name, assignment.suite.digest, _key_of(assignment))


def forget(at: datetime) -> int:
    """Remove what is too old to be fetched, and what no row names; return how many files went."""
    PackedAutograder.objects.filter(asked_at__lt=at - KEPT_FOR).delete()
    kept = set(PackedAutograder.objects.values_list("file", flat=True))
    oldest = (at - UNFINISHED_FOR).timestamp()
    gone = [each for each in _files() if each.name not in kept and each.stat().st_mtime < oldest]
    for each in gone:
        each.unlink(missing_ok=True)
    return len(gone)


def words(stored: str) -> str:
    """Return why a suite was not packed, in the language in force; what the engine says of a suite stays as it is."""
    return _STORED.reworded(stored)


def _folder() -> Path:
    return Path(settings.ASSAY_ARCHIVES) / FOLDER


def _files() -> list[Path]:
    return [each for each in _folder().iterdir() if each.is_file()] if _folder().is_dir() else []


def _path(found: PackedAutograder) -> Path:
    return _folder() / (found.file or "none")


def _key_of(assignment: Assignment) -> str:
    """Return what seeds are drawn from there: the same for each archive of an assignment, and no key of this installation."""
    key = settings.ASSAY_SEED_KEY or settings.SECRET_KEY
    return hmac.new(key.encode(), f"gradescope {assignment.pk}".encode(), hashlib.sha256).hexdigest()
