"""What a run's inputs are drawn from: the same tree under the same suite draws the same, whoever asks and whenever."""

from django.conf import settings

from course_admin.assignments.models import SuiteVersion
from course_admin.submissions.models import Attempt
from grader.seeds import derived_seed


def seed_of(attempt: Attempt, suite: SuiteVersion) -> int:
    """Return the seed by which a suite version judges an attempt's tree."""
    key = settings.ASSAY_SEED_KEY or settings.SECRET_KEY
    return derived_seed(key, attempt.assignment_id, suite.digest, attempt.tree_digest)
