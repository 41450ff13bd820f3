"""Gradescope's results.json of one attempt: the engine's own format, with where it came from."""

import json

from course_admin.submissions.models import Attempt, Run
from course_admin.submissions.queue.results import as_result
from grader.result import gradescope


def results_json(attempt: Attempt, run: Run) -> str:
    """Return the file's text for a graded run of an attempt."""
    document = gradescope(as_result(run))
    extra = {"attempt": attempt.public_id, "commit": attempt.commit_id, "suite": str(run.suite), "seed": run.seed}
    document["extra_data"] = {**document.get("extra_data", {}), **extra}
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
