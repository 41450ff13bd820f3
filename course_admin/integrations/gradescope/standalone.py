"""An assignment's suite as an autograder that runs inside Gradescope's container: packed here, run there, nothing is run here."""

import hashlib
import hmac
from typing import IO

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.identity.models import User
from course_admin.policy import Action, require
from grader.autograder.archive import PackedSuite, write_autograder
from grader.errors import Fault, SuiteError
from grader.sandbox.rootfs.locate import find_roots
from grader.transport.archives import FolderArchives

NO_SUITE = _("{assignment} has no suite yet: choose one first.")
NOT_HERE = _(
    "This server cannot make the archive, since the file systems of boxes are not here or the suite is not: an administrator "
    "makes them with python -m grader.sandbox.rootfs, or you make the archive with python -m grader bundle gradescope."
)


class CannotBePacked(Exception):
    """There is no such archive, for the reason that the message names."""


def write_standalone(*, assignment: Assignment, actor: User | None, target: IO[bytes]) -> None:
    """Write the archive of an assignment's present suite, which holds its tests. Raises Refused and CannotBePacked."""
    require(actor, Action.SET_UP, assignment.course)
    version = assignment.suite
    if version is None:
        raise CannotBePacked(NO_SUITE.format(assignment=assignment))
    try:
        archive = FolderArchives(settings.ASSAY_ARCHIVES).get(version.archive_sha256)
        packed = PackedSuite(version.name, version.digest, archive)
        write_autograder(target, packed, find_roots(), _key_of(assignment))
    except SuiteError as problem:
        raise CannotBePacked(f"{problem}.") from problem
    except Fault as problem:
        raise CannotBePacked(NOT_HERE) from problem


def _key_of(assignment: Assignment) -> str:
    """Return what seeds are drawn from there: the same for each archive of an assignment, and no key of this installation."""
    key = settings.ASSAY_SEED_KEY or settings.SECRET_KEY
    return hmac.new(key.encode(), f"gradescope {assignment.pk}".encode(), hashlib.sha256).hexdigest()
