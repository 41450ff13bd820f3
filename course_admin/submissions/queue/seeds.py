"""What a run's inputs are drawn from: the same tree under the same suite draws the same, whoever asks and whenever.

A key of the installation is mixed in, so that nobody outside can work a seed out; another tree gets other inputs, so that
nothing can be learnt from a report and written down as an answer. Source: RFC 2104 (HMAC).
"""

import hashlib
import hmac

from django.conf import settings

from course_admin.assignments.models import SuiteVersion
from course_admin.submissions.models import Attempt

SEED_BITS = 63  # a bigint has no more, and no table of what seeds make can be that long


def seed_of(attempt: Attempt, suite: SuiteVersion) -> int:
    """Return the seed by which a suite version judges an attempt's tree."""
    key = settings.ASSAY_SEED_KEY or settings.SECRET_KEY
    facts = f"seed {attempt.assignment_id} {suite.digest} {attempt.tree_digest}"
    drawn = hmac.new(key.encode(), facts.encode(), hashlib.sha256).digest()
    return int.from_bytes(drawn[:8], "big") >> (64 - SEED_BITS)
