"""A recorded run with all that it was made of, as a bundle that can be judged again elsewhere: nothing is run here."""

from course_admin.submissions.models import Run
from course_admin.submissions.queue.results import as_result
from grader.suite.replay_bundle import ReplayBundle
from grader.transport.archives import FolderArchives


def bundle_of(*, run: Run, archives: FolderArchives) -> ReplayBundle:
    """Return the bundle of a graded run. Raises GraderError if an archive is gone, ValueError if the run has no result."""
    return ReplayBundle(
        result=as_result(run),
        submission=archives.get(run.attempt.archive_sha256),
        suite=archives.get(run.suite.archive_sha256),
    )
