"""The worker that checks suites: the one task of the queue `check`, and the Celery app that serves it. Side: worker.

    celery --app grader.worker.check worker --queues check --concurrency 1

It has what a grading worker has and nothing more: no database, no credential. It is a process of its own, since a check
takes minutes and students do not wait for it.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from celery import Celery
from celery.utils.log import get_task_logger
from kombu import Queue

from grader.errors import Fault, SuiteError
from grader.sandbox.engines import default_engine
from grader.suite.bundle import unpack_check
from grader.suite.check.checker import Checker
from grader.transport.archives import archives_at
from grader.transport.broker import celery_settings
from grader.worker.grade import PATIENCE, RECORD, as_sentence, settings

log = get_task_logger(__name__)

CHECK = Queue("check")  # named as in course_admin/celery.py
REPORTS = "course_admin.assignments.tasks"
LONGEST_SECONDS = 2 * 3600

app = Celery("grader.check")
app.conf.update(
    celery_settings(settings.broker_url),
    task_queues=[CHECK],
    task_create_missing_queues=False,
    task_acks_late=True,
    task_time_limit=LONGEST_SECONDS,
)


@app.task(name="grader.worker.check.check")
def check(check: str, token: str, suite: str, suite_digest: str, archive_sha256: str) -> None:
    """Check one suite and report what was found, or the fault that prevented it."""
    try:
        document = _checked(check, token, suite, suite_digest, archive_sha256)
    except Exception as problem:  # whatever it is, the suite was not checked
        log.exception("%s could not be made", check)
        _report("check_fault", check, token, sentence=as_sentence(problem))
    else:
        _report("checked", check, token, document=json.dumps(document))


def _checked(check: str, token: str, suite: str, suite_digest: str, archive_sha256: str) -> dict[str, Any]:
    archive = archives_at(settings.archives).get(archive_sha256, check, token)
    with tempfile.TemporaryDirectory(prefix="assay-check-") as scratch:
        try:
            loaded = unpack_check(archive, suite, Path(scratch) / "suite")
            if loaded.digest != suite_digest:
                raise Fault(f"the archive holds the digest {loaded.digest[:12]}; the check is for {suite_digest[:12]}")
            return Checker(loaded, default_engine(settings.sandbox)).check().as_json()
        except SuiteError as problem:  # the suite's own fault is a finding
            rule = {"name": "the suite can be used", "holds": False, "findings": [str(problem)], "summary": ""}
            return {"suite": suite, "holds": False, "rules": [rule]}


def _report(what: str, check: str, token: str, **more: Any) -> None:
    kwargs = {"check": check, "token": token, **more}
    app.send_task(f"{REPORTS}.{what}", kwargs=kwargs, queue=RECORD, retry=True, retry_policy=dict(PATIENCE))  # type: ignore[arg-type]
