"""What an assignment's suite expects of a submission, as far as its manifest says: its packages and its required files."""

import logging
import tomllib
from dataclasses import dataclass

from django.conf import settings

from course_admin.assignments.models import Assignment, SuiteVersion
from grader.errors import GraderError, SourceError
from grader.source import Prepared, Tree, prepare_limited, prepare_packages, unpack_archive
from grader.source.hints.missing_file import describe_missing_files
from grader.suite.manifest import MANIFEST
from grader.transport.archives import FolderArchives

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the manifest of a suite says of submissions; nothing, where it cannot be read."""

    packages: tuple[str, ...] = ()
    required_files: tuple[str, ...] = ()
    notebooks: str = "older"

    def problems(self, tree: Tree) -> list[str]:
        """Say what of a tree is not as the suite needs it, in sentences. Raises Fault where this machine is to blame."""
        if not self.packages:
            return []
        try:
            prepared = self._prepared(tree)
        except SourceError as problem:
            return [str(problem)]
        return [*describe_missing_files(prepared.tree, self.required_files), *prepared.unreadable]

    def refusal(self, tree: Tree) -> str:
        """Say why no check at all could be made of a tree; empty if some can. Raises Fault where this machine is to blame."""
        try:
            if self.packages:
                self._prepared(tree)
        except SourceError as problem:
            return str(problem)
        return ""

    def _prepared(self, tree: Tree) -> Prepared:
        return prepare_limited(lambda: prepare_packages(tree, self.packages, self.notebooks, None, self.required_files))


def expectation_of(assignment: Assignment) -> Expectation:
    """Return what an assignment's suite expects; nothing, with a line in the log, if its archive cannot be read."""
    suite: SuiteVersion = assignment.suite  # type: ignore[assignment]  # an open assignment has one
    try:
        files = unpack_archive(FolderArchives(settings.ASSAY_ARCHIVES).get(suite.archive_sha256)).contents()
        manifest = min((path for path in files if path.rpartition("/")[2] == MANIFEST), key=len)
        table = tomllib.loads(files[manifest].decode("utf-8"))
        packages = tuple(table["packages"]) if "packages" in table else (table["package"],)
        return Expectation(packages, tuple(table.get("required_files", ())), table.get("notebooks", "older"))
    except (GraderError, OSError, ValueError, KeyError, TypeError) as problem:
        log.warning("Nothing is known of what the suite %s expects: %s", suite, problem)
        return Expectation()
