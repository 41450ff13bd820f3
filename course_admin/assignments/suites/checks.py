"""Checking suites: a grading worker tries everything that must hold before a suite may grade anybody; the answer is kept.

An answer is taken only with the token of the present question, so that a late or repeated one changes nothing. A fault
of ours is no answer: the suite stays unchecked, and staff can ask again.
"""

import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from course_admin.assignments.models import CheckState, SuiteVersion
from course_admin.courses.audit import save_audited
from course_admin.courses.models import Course
from course_admin.identity.models import User
from course_admin.policy import Action, require
from course_admin.task_sender import send_on_commit
from grader.sanitize import clean

CHECK = "grader.worker.check.check"
CHECK_SECONDS = 3 * 3600  # after which nobody answers any more; above the worker's own limit
REPORT_BYTES = 4 << 20
FAULT_BYTES = 2_000
NO_REFERENCE = (
    "The suite names no reference implementation (suite.toml: reference = ...), so that it cannot be checked."
)


def check_name(version: SuiteVersion) -> str:
    """Return a check's name in messages and addresses."""
    return f"check_{version.pk}"


def request_check(*, version: SuiteVersion, at: datetime) -> None:
    """Ask for a check, unless the version may be used already; an earlier question is forgotten."""
    if version.is_publishable:
        return
    if not version.check_sha256:
        _store(version, CheckState.UNCHECKED, at, check_fault=NO_REFERENCE)
        return
    with transaction.atomic():
        _store(
            version, CheckState.CHECKING, at, check_token=secrets.token_urlsafe(24), check_asked_at=at, check_fault=""
        )
        message = {
            "check": check_name(version),
            "token": version.check_token,
            "suite": version.name,
            "suite_digest": version.digest,
            "archive_sha256": version.check_sha256,
        }
        send_on_commit(CHECK, message, expires_seconds=CHECK_SECONDS)


def _store(version: SuiteVersion, state: CheckState, at: datetime, **fields: Any) -> None:
    for name, value in {"check_state": state, "check_token": "", **fields}.items():
        setattr(version, name, value)
    save_audited(thing=version, actor=None, at=at, reason="check")


def _asked(check: str, token: str) -> SuiteVersion | None:
    """Return the version whose present question has this token, its row held; None for a late answer."""
    number = check.removeprefix("check_")
    if not (token and number.isdecimal() and len(number) < 19):
        return None
    asked = SuiteVersion.objects.select_for_update().filter(pk=number, check_state=CheckState.CHECKING)
    return asked.filter(check_token=token).first()


def record_check(*, check: str, token: str, document: str, at: datetime) -> bool:
    """Keep a check's report; False if nobody waits for it. What is no report counts as a fault of the worker."""
    with transaction.atomic():
        version = _asked(check, token)
        if version is None:
            return False
        try:
            report = _read(document)
        except (ValueError, TypeError, LookupError, RecursionError) as problem:
            fault = clean(f"The worker's report cannot be used: {problem}.", FAULT_BYTES)
            _store(version, CheckState.UNCHECKED, at, check_fault=fault)
            return False
        state = CheckState.PASSED if report["holds"] else CheckState.FAILED
        _store(version, state, at, check_report=report, checked_at=at, check_fault="")
    return True


def _read(document: str) -> dict[str, Any]:
    if len(document) > REPORT_BYTES:
        raise ValueError(f"it has {len(document)} characters")
    report = json.loads(document)
    rules = report["rules"] if isinstance(report, dict) else None
    if not isinstance(rules, list) or not rules or report.get("holds") is not all(rule["holds"] for rule in rules):
        raise ValueError("its rules do not add up")
    return report


def note_fault(*, check: str, token: str, sentence: str, at: datetime) -> bool:
    """Note that a check could not be made, for a reason of ours; False if nobody waits for it."""
    with transaction.atomic():
        version = _asked(check, token)
        if version is None:
            return False
        _store(version, CheckState.UNCHECKED, at, check_fault=clean(sentence, FAULT_BYTES))
    return True


def resend(*, at: datetime) -> int:
    """Ask again where no answer can come any more; return how often."""
    late = SuiteVersion.objects.filter(
        check_state=CheckState.CHECKING, check_asked_at__lt=at - timedelta(seconds=CHECK_SECONDS)
    )
    for version in late:
        request_check(version=version, at=at)
    return len(late)


def trust(
    *, version: SuiteVersion, reason: str, actor: User | None, at: datetime, course: Course | None = None
) -> None:
    """Let a version be used without a check of ours, audited; one that passed needs no trust.

    course: for which it is wanted, by who leads it; without one only administrators may. Raises Refused.
    """
    require(actor, Action.TRUST_SUITE, course or version)
    if not reason.strip():
        raise ValueError(gettext("Trust needs a reason."))
    if version.is_publishable:
        return
    version.check_state, version.check_token = CheckState.TRUSTED, ""
    version.trusted_reason, version.trusted_by = reason, actor
    save_audited(thing=version, actor=actor, at=at, reason=reason)
