"""A preview's runs judged in tests: what a worker would report of each, under the suite that its message names."""

from datetime import datetime, timedelta
from typing import Any

from course_admin.assignments.models import CheckState, SuiteVersion
from course_admin.submissions.models import RegradePreview, Run, RunState
from course_admin.submissions.queue import dispatch
from course_admin.submissions.queue.record import record
from grader.verdict import Verdict
from tests.factories import NOW, SUITE_ARCHIVE, TREE_DIGEST, make_check, make_result

NEW_DIGEST = "d" * 64


def new_suite(**fields: Any) -> SuiteVersion:
    """Make another version of the tests' suite."""
    known = {"check_state": CheckState.TRUSTED, "trusted_reason": "for tests", "archive_sha256": SUITE_ARCHIVE}
    return SuiteVersion.objects.create(name="m01_tensor", added_at=NOW, **{"digest": NEW_DIGEST, **known, **fields})


def judge(preview: RegradePreview, at: datetime, points: float = 1.25, *, message: str = "") -> int:
    """Have every waiting run of a preview judged, one after the other; each gets these points of 5. Returns how many."""
    judged = 0
    while dispatch.dispatch(at=at):
        run = Run.every.select_related("suite").get(preview=preview, state=RunState.DISPATCHED)
        assert dispatch.start(run=run.public_id, token=run.lease_token, worker="w1", at=at)
        provenance = {"tree_digest": TREE_DIGEST, "suite_digest": run.suite.digest, "seed": run.seed}
        check = make_check(1, points, verdict=Verdict.FAILED if points < 5 else Verdict.PASSED, message=message)
        document = make_result(check, provenance=provenance).to_json()
        assert record(run=run.public_id, token=run.lease_token, document=document, at=at + timedelta(seconds=9))
        judged += 1
    return judged
