"""An assignment made of a wizard's answers: open if its suite may be used, else a draft that opens by itself."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext

from course_admin.assignments.models import Assignment, SuiteVersion
from course_admin.assignments.suites.versions import register_suite
from course_admin.assignments.wizard.forms import FOLDER, VERSION
from course_admin.courses.audit import save_audited, set_audited
from course_admin.courses.models import Course
from course_admin.identity.models import User
from course_admin.policy import Action, require
from grader.suite.manifest import load_suite

REASON = "made in steps"
#: Answers that are no fields of an assignment, or are stored after it.
NOT_STORED = ("is_due_day_chosen", "needs", "suite")


def make_assignment(
    *, course: Course, values: Mapping[str, Any], opens: bool, actor: User | None, at: datetime
) -> Assignment:
    """Make an assignment of the cleaned answers of all steps; `opens`: as soon as its suite may be used.

    Raises ValidationError, OtherCourse, SuiteError and Refused, each with a sentence; nothing is made then.
    """
    require(actor, Action.SET_UP, course)
    with transaction.atomic():
        suite = _suite(values.get("suite", ""), course, actor, at)
        fields = {name: value for name, value in values.items() if name not in NOT_STORED}
        made = Assignment(course=course, suite=suite, **fields)
        if not (opens and suite is not None and suite.is_publishable):
            made.is_draft, made.repository_pattern = True, ""
            made.opens_when_checked = opens
            made.pattern_when_open = fields["repository_pattern"] if opens else ""
        made.full_clean()
        save_audited(thing=made, actor=actor, at=at, reason=REASON)
        set_audited(thing=made, name="needs", rows=values.get("needs", ()), actor=actor, at=at, reason=REASON)
    return made


def _suite(chosen: str, course: Course, actor: User | None, at: datetime) -> SuiteVersion | None:
    if chosen.startswith(FOLDER):
        return register_suite(name=chosen.removeprefix(FOLDER), at=at, actor=actor, course=course)
    return SuiteVersion.objects.get(pk=chosen.removeprefix(VERSION)) if chosen else None


def suite_words(chosen: str) -> str:
    """Say what is known of a chosen suite, and what follows from it. Raises SuiteError."""
    if not chosen:
        return gettext("none yet: it is a draft, and opens by itself once it has a suite that passed its check")
    version = _known(chosen)
    if version is not None and version.is_publishable:
        return gettext("{version}, {check_state}: it can be open at once").format(
            version=version.name, check_state=version.get_check_state_display()
        )
    name = version.name if version else chosen.removeprefix(FOLDER)
    state = version.get_check_state_display() if version else gettext("not checked yet")
    return gettext("{name}, {state}: it is a draft, and opens by itself once the suite has passed its check").format(
        name=name, state=state
    )


def _known(chosen: str) -> SuiteVersion | None:
    if chosen.startswith(VERSION):
        return SuiteVersion.objects.filter(pk=chosen.removeprefix(VERSION)).first()
    suite = load_suite(Path(settings.ASSAY_SUITES) / chosen.removeprefix(FOLDER))
    return SuiteVersion.objects.filter(name=suite.name, digest=suite.digest).first()
