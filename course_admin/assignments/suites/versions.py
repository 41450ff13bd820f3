"""What writes suite versions: from a folder beside the other suites, or from an upload."""

import tempfile
import tomllib
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext

from course_admin.assignments.models import SuiteVersion
from course_admin.assignments.suites.checks import request_check, trust
from course_admin.courses.models import Course
from course_admin.identity.models import User
from grader.errors import SourceError, SuiteError
from grader.source import Tree, stage_archive, stage_limited, without_rivals
from grader.suite.bundle import pack_check, pack_suite
from grader.suite.manifest import MANIFEST, Suite, load_suite
from grader.transport.archives import FolderArchives


def register_suite(
    *, name: str, at: datetime, trusted: str = "", actor: User | None = None, course: Course | None = None
) -> SuiteVersion:
    """Keep the suite that lies in the suites' folder now, and return its version; the same files are the same version.

    A version that is not checked yet is sent to be checked, or is `trusted` for this reason, by an actor who leads
    the course that wants it. Raises SuiteError if the suite cannot be used, and Refused.
    """
    return _keep(load_suite(Path(settings.ASSAY_SUITES) / name), at, trusted, actor, course)


def register_upload(*, data: bytes, at: datetime) -> SuiteVersion:
    """Keep an uploaded suite: an archive with one folder, named like the suite. Raises SuiteError.

    Its reference lies in that folder, or is the course's own: nothing else of this machine becomes part of it.
    """
    try:
        return register_tree(tree=without_rivals(stage_limited(lambda: stage_archive(data, "suite"))), at=at)
    except SourceError as problem:
        raise SuiteError(str(problem)) from problem


def register_tree(*, tree: Tree, at: datetime) -> SuiteVersion:
    """Keep the suite in the one folder of a tree; raises SuiteError."""
    with tempfile.TemporaryDirectory(prefix="assay-suite-") as scratch:
        tops = {path.partition("/")[0] for path in tree.paths}
        if len(tops) != 1 or f"{min(tops)}/{MANIFEST}" not in tree.paths:
            raise SuiteError(
                gettext("Upload one folder, named like the suite, with its {manifest} in it.").format(manifest=MANIFEST)
            )
        folder = Path(scratch).resolve() / "suites"
        tree.write_to(folder)
        suite = load_suite(folder / min(tops))
        named = "reference" in tomllib.loads((suite.folder / MANIFEST).read_text(encoding="utf-8"))
        if named and suite.reference and not suite.reference.is_relative_to(suite.folder):
            raise SuiteError(gettext("The reference of {suite} must lie in its own folder.").format(suite=suite.name))
        return _keep(suite, at, "", None, None)


def _keep(suite: Suite, at: datetime, trusted: str, actor: User | None, course: Course | None) -> SuiteVersion:
    archives = FolderArchives(settings.ASSAY_ARCHIVES)
    version, _ = SuiteVersion.objects.get_or_create(
        name=suite.name,
        digest=suite.digest,
        defaults={"title": suite.title, "added_at": at, "archive_sha256": archives.put(pack_suite(suite))},
    )
    if version.is_publishable:
        return version
    if trusted:
        trust(version=version, reason=trusted, actor=actor, at=at, course=course)
        return version
    check_sha256 = archives.put(pack_check(suite)) if suite.reference else ""
    if check_sha256 != version.check_sha256 or not version.check_asked_at:  # its mutants are no part of its digest
        version.check_sha256 = check_sha256
        request_check(version=version, at=at)
    return version
