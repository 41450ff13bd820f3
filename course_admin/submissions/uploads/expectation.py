"""What an assignment's suite expects of a submission, as far as a preview can say: its package and its required files."""

import logging
import tomllib
from dataclasses import dataclass

from django.conf import settings

from course_admin.assignments.models import Assignment, SuiteVersion
from grader.errors import GraderError, SourceError
from grader.source import Tree, prepare_limited, prepare_package, unpack_archive
from grader.source.hints.missing_file import describe_missing_file
from grader.suite.manifest import MANIFEST
from grader.transport.archives import FolderArchives

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the manifest of a suite says of submissions; nothing, where it cannot be read."""

    package: str = ""
    required_files: tuple[str, ...] = ()
    notebooks: str = "older"

    def problems(self, tree: Tree) -> list[str]:
        """Say what of a tree is not as the suite needs it, in sentences. Raises Fault where this machine is to blame."""
        if not self.package:
            return []
        try:
            prepared = prepare_limited(lambda: prepare_package(tree, self.package, self.notebooks))
        except SourceError as problem:
            return [str(problem)]
        paths = set(prepared.tree.paths)
        missing = [describe_missing_file(prepared.tree, path) for path in self.required_files if path not in paths]
        return [*missing, *prepared.unreadable]


def expectation_of(assignment: Assignment) -> Expectation:
    """Return what an assignment's suite expects; nothing, with a line in the log, if its archive cannot be read."""
    suite: SuiteVersion = assignment.suite  # type: ignore[assignment]  # an open assignment has one
    try:
        files = unpack_archive(FolderArchives(settings.ASSAY_ARCHIVES).get(suite.archive_sha256)).contents()
        manifest = min((path for path in files if path.rpartition("/")[2] == MANIFEST), key=len)
        table = tomllib.loads(files[manifest].decode("utf-8"))
        return Expectation(table["package"], tuple(table.get("required_files", ())), table.get("notebooks", "older"))
    except (GraderError, OSError, ValueError, KeyError) as problem:
        log.warning("A preview knows nothing of the suite %s: %s", suite, problem)
        return Expectation()
