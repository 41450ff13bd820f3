"""What writes assignments and suite versions."""

from datetime import datetime
from pathlib import Path

from django.conf import settings

from course_admin.assignments.models import SuiteVersion
from grader.archives import FolderArchives
from grader.suite import load_suite
from grader.suites import pack_suite


def register_suite(*, name: str, at: datetime) -> SuiteVersion:
    """Keep the suite that lies in the suites' folder now, and return its version; the same files are the same version.

    Raises SuiteError if it cannot be used.
    """
    suite = load_suite(Path(settings.ASSAY_SUITES) / name)
    archive = FolderArchives(settings.ASSAY_ARCHIVES).put(pack_suite(suite))
    version, _ = SuiteVersion.objects.get_or_create(
        name=suite.name, digest=suite.digest, defaults={"title": suite.title, "added_at": at, "archive_sha256": archive}
    )
    return version
