"""What the report page of an attempt says: everything the template shows, computed here and nowhere else."""

import math
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.deadlines import deadlines_of, lateness_of
from course_admin.assignments.late import Lateness
from course_admin.assignments.models import CountingRule
from course_admin.courses.models import Enrollment, Role
from course_admin.pages.moments import IN_MINUTES, amount, by_the_clock, span
from course_admin.pages.numbers import plural_number, points_in_words
from course_admin.policy import Action, allowed
from course_admin.submissions.models import PUSH, Attempt, Run, RunState, RunWait
from course_admin.submissions.queue.estimate import estimate_start, runs_ahead
from course_admin.submissions.queue.staff_requests import may_cancel
from course_admin.submissions.queue.superseding import set_aside_by
from course_admin.submissions.reports.class_costs import class_costs
from course_admin.submissions.reports.failures.groups import Grouped, grouped
from course_admin.submissions.reports.failures.sources import Sources
from course_admin.submissions.reports.prerequisites import what_to_mend_first
from course_admin.submissions.reports.since import Since, since_last
from course_admin.submissions.reports.stored_words import reworded
from course_admin.submissions.reports.visibility import ShownCheck, shown_checks

#: State of a run -> what its student reads. Kind, specific, and with the next step. `{start}` is when it will begin.
SENTENCES = {
    RunState.QUEUED: _(
        "Waiting in the queue; it will probably begin {start}. This page follows by itself; you need not reload it."
    ),
    RunState.DISPATCHED: _("Next in line for a grading worker. This page follows by itself."),
    RunState.RUNNING: _("Being graded right now. This page follows by itself."),
    RunState.GRADED: _("Graded."),
    RunState.SUPERSEDED: _(
        "Not graded, because you handed in again before its turn came; the newer attempt is graded instead. "
        "Ask your course staff if you want this one graded too."
    ),
    RunState.CANCELLED: _(
        "Cancelled before its turn came, so it was not graded. Ask your course staff if you want it graded "
        "after all, or hand in again."
    ),
    RunState.NEEDS_ATTENTION: _(
        "Something went wrong on our side, not in your code. Your course staff can see it; "
        "you need not hand in again, and it does not count against you."
    ),
}
#: Of a run whose worker says how far it is.
UNDER_WAY = _("Being graded right now: test {number} of {all}. This page follows by itself.")
#: In place of it, for what is beyond a student's limit of an hour.
BEYOND_THE_LIMIT = ngettext_lazy(
    "At most {most} of your attempts is graded within an hour, so this one waits and will be graded {start}. Nothing is lost: "
    "it counts as received when it arrived. Meanwhile, run the tests that you have on your own machine.",
    "At most {most} of your attempts are graded within an hour, so this one waits and will be graded {start}. Nothing is lost: "
    "it counts as received when it arrived. Meanwhile, run the tests that you have on your own machine.",
    "most",
)
#: In place of it, for what came within the assignment's cool-down.
COOLING_DOWN = _(
    "Graded attempts of this assignment are at least {pause} apart, so this one waits and will be graded {start}. Nothing "
    "is lost: it counts as received when it arrived, and a later attempt takes its place."
)
#: In place of it, for what came before the assignment is released.
NOT_RELEASED = _(
    "This assignment opens on {when}. What you handed in is kept and will be graded then; you need not hand in again, and a later "
    "attempt takes its place."
)
#: Of an attempt without a run that could be graded.
BEYOND_THE_ATTEMPTS = ngettext_lazy(
    "Kept, and not graded by itself: of each student {most} attempt is graded here, and yours is used. The grade comes from "
    "it. If you think this one should count, ask your course staff, who can have it graded.",
    "Kept, and not graded by itself: of each student {most} attempts are graded here, and yours are used. The grade comes from "
    "them. If you think this one should count, ask your course staff, who can have it graded.",
    "most",
)
#: The same, where the limit that held then is gone.
NOT_GRADED = _(
    "Kept, and not graded by itself. If you think it should count, ask your course staff, who can have it graded."
)
REFUSED = _(
    "These files cannot be graded. Nothing was run and nothing counts; fix what is named here and hand in again."
)


@dataclass(frozen=True, slots=True)
class AttemptReport:
    """One attempt as one viewer sees it."""

    attempt: Attempt
    run: Run | None
    sentence: str
    notes: list[str]
    checks: list[ShownCheck]
    withheld_points: Decimal | None  # of all withheld checks together; None if there are none
    withheld_max_points: Decimal | None
    is_staff: bool
    whose: Enrollment  # of those for whom it counts: the viewer themself, else one whom they teach
    may_cancel: bool
    may_choose: bool  # that it counts
    lateness: Lateness
    groups: Grouped
    since: Since | None  # what has changed since the attempt before
    ahead: int | None  # how many runs will be sent out before this one; None if it is not queued
    replaced: Attempt | None  # what it set aside, and what comes back if it is cancelled

    @property
    def is_final(self) -> bool:
        """Whether the page will change no more by itself."""
        return self.run is None or self.run.is_final

    @property
    def is_late(self) -> bool:
        """Whether it is late for whom it is looked at."""
        return self.lateness.is_late

    @property
    def title(self) -> str:
        """What the browser's tab says: where it stands, then what it is."""
        name = gettext("{title}, attempt {number}").format(
            title=self.attempt.assignment.title, number=self.attempt.number
        )
        if self.run is None or self.run.is_final:
            return f"{self.status} {name}" if self.run and self.run.is_graded else name
        return f"… {name}"

    @property
    def status(self) -> str:
        """The short line that a screen reader hears when something has changed."""
        if self.run is not None and self.run.state == RunState.RUNNING:
            return str(SENTENCES[RunState.RUNNING])  # each test is not said aloud
        if self.run is None or not self.run.is_graded:
            return self.sentence
        score, most = (points_in_words(each or Decimal()) for each in (self.run.score, self.run.max_score))
        return gettext("Graded: {score} of {most}.").format(score=score, most=most)

    @property
    def points_since(self) -> str:
        """What this attempt has more or less than the one before, with its sign."""
        points = self.since.points if self.since else Decimal()
        sign = "+" if points > 0 else "−" if points < 0 else "±"
        words = ngettext("{points} point", "{points} points", plural_number(abs(points)))
        return words.format(points=sign + points_in_words(abs(points)))

    @property
    def budgets(self) -> int:
        """How many budgets were measured and are shown."""
        return sum(len(row.check.pictures) for row in self.groups.budgets)

    @property
    def within_budget(self) -> int:
        """How many of them are kept to."""
        return sum(not picture.is_over for row in self.groups.budgets for picture in row.check.pictures)

    @property
    def shows_class(self) -> bool:
        """Whether a picture shows where others stand."""
        return any(picture.others for check in self.checks for picture in check.pictures)

    @property
    def passed(self) -> int:
        """How many checks passed."""
        return sum(check.verdict == "passed" for check in self.checks)


def report(*, attempt: Attempt, user: Any, at: datetime) -> AttemptReport:
    """Return an attempt as `user`, who may see it, sees it at this moment."""
    run = attempt.shown_run
    people = Enrollment.objects.filter(pk__in=[person.pk for person in attempt.people])
    taught = set(allowed(user, Action.SEE_RESULTS, people).values_list("pk", flat=True))
    is_staff = bool(taught)
    whose = _whose(attempt, user, taught)
    recorded = list(run.checks.all()) if run and run.is_graded else []
    costs = class_costs(run) if run and any(check.budget for check in recorded) else {}
    checks = shown_checks(recorded, attempt, is_staff=is_staff, at=at, costs=costs)
    withheld = [check for check, shown in zip(recorded, checks, strict=True) if shown.is_withheld]
    return AttemptReport(
        attempt=attempt,
        run=run,
        sentence=_sentence(run, at) if run else _without_run(attempt),
        notes=_notes(attempt, run, whose),
        checks=checks,
        withheld_points=sum((check.points for check in withheld), Decimal()) if withheld else None,
        withheld_max_points=sum((check.max_points for check in withheld), Decimal()) if withheld else None,
        is_staff=is_staff,
        whose=whose,
        lateness=lateness_of(attempt.received_at, attempt.assignment, deadlines_of(whose, attempt.assignment)),
        may_cancel=run is not None and may_cancel(user, run),
        may_choose=_may_choose(user, attempt, run),
        groups=grouped(checks, Sources(attempt)),
        since=since_last(run, whose) if run and run.is_graded else None,
        ahead=runs_ahead(run, at) if run and run.state == RunState.QUEUED else None,
        replaced=_replaced(attempt, run),
    )


def _replaced(attempt: Attempt, run: Run | None) -> Attempt | None:
    """Return the attempt that waits again if this one, which is queued, is cancelled."""
    if run is None or run.state != RunState.QUEUED or run.reason != PUSH:
        return None
    before = set_aside_by(attempt)
    return before.attempt if before else None


def _may_choose(user: Any, attempt: Attempt, run: Run | None) -> bool:
    """Say whether a viewer may let this attempt count: their own, graded, where students choose."""
    if run is None or not run.is_graded or attempt.assignment.counting != CountingRule.CHOSEN:
        return False
    person = attempt.person_of(user)
    return person is not None and person.role == Role.STUDENT


def _without_run(attempt: Attempt) -> str:
    if attempt.refusal:
        return str(REFUSED)
    most = attempt.assignment.attempt_limit
    return BEYOND_THE_ATTEMPTS.format(most=most) if most else str(NOT_GRADED)


def _whose(attempt: Attempt, user: Any, taught: Container[int]) -> Enrollment:
    """Return the one for whom a viewer looks at an attempt: themself, or one of its people whom they teach."""
    of_taught = (person for person in attempt.people if person.pk in taught)
    return attempt.person_of(user) or next(of_taught, attempt.student)


def _notes(attempt: Attempt, run: Run | None, whose: Enrollment) -> list[str]:
    """Return what is worth knowing beside the checks; a run repeats what was noted of its tree."""
    if run is None or not run.is_graded:
        return [reworded(note) for note in attempt.notes]
    return [*map(reworded, dict.fromkeys([*attempt.notes, *run.notes])), *what_to_mend_first(run, whose)]


def _sentence(run: Run, at: datetime) -> str:
    """Return what becomes of a run, with the time when a queued one will begin."""
    if run.state == RunState.RUNNING and run.checks_planned:
        return UNDER_WAY.format(number=min(run.checks_done + 1, run.checks_planned), all=run.checks_planned)
    if run.state != RunState.QUEUED:
        return str(SENTENCES[RunState(run.state)])
    assignment = run.attempt.assignment
    if run.reason == PUSH and assignment.releases_at and not assignment.is_released(at):
        return NOT_RELEASED.format(when=by_the_clock(assignment.releases_at, assignment.course.zone))
    start = _in_words(estimate_start(run, at), at, run.attempt.assignment.course.zone)
    if run.not_before > at and run.waits_for == RunWait.COOL_DOWN:
        return COOLING_DOWN.format(pause=span(assignment.cool_down_minutes), start=start)
    if run.not_before > at and run.waits_for == RunWait.HOURLY_LIMIT:
        return BEYOND_THE_LIMIT.format(most=settings.ASSAY_STUDENT_RUNS_PER_HOUR, start=start)
    return SENTENCES[RunState.QUEUED].format(start=start)


def _in_words(moment: datetime, at: datetime, zone: ZoneInfo) -> str:
    minutes = math.ceil((moment - at).total_seconds() / 60)
    if minutes <= 1:
        return gettext("within a minute")
    if moment - at > IN_MINUTES:
        words = gettext("in about {amount} ({time})")
        return words.format(amount=amount(moment - at, moment, at, zone), time=by_the_clock(moment, zone))
    words = ngettext("in about {count} minute, at {time}", "in about {count} minutes, at {time}", minutes)
    return words.format(count=minutes, time=f"{moment.astimezone(zone):%H:%M %Z}")
