"""One round for one course: collect what changed, settle what was sent, send what waits.

No state of ours says whether a request that was cut off arrived. So nothing is sent before the LMS was asked what it
shows: what is there already is confirmed and not sent again, whoever sent it, and a worker may die anywhere. What is
neither there already nor ours, as far as was noted before each request, somebody made by hand: it is left to staff.
"""

import itertools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F, QuerySet

from course_admin.integrations.outbox.delivery import words
from course_admin.integrations.outbox.delivery.claim import Claim, ClaimLost
from course_admin.integrations.outbox.delivery.collect import collect
from course_admin.integrations.outbox.lms import (
    GradeEntry,
    LinkBroken,
    Lms,
    Match,
    NotPoints,
    Rejected,
    Shown,
    SomeRejected,
    TemporaryFailure,
    as_ours,
    maxima_text,
    rounded,
)
from course_admin.integrations.outbox.models import DeliveryState, GradeDelivery, GradeDeliveryQuerySet, Link

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=24)
LOOK_AGAIN = timedelta(hours=6)  # how often an unknown student is looked for
COMPARE_AGAIN = timedelta(hours=24)  # how often what was confirmed is compared with what is shown now
COMPARE_SOON = timedelta(hours=1)  # how soon, if the LMS refused to show some of it
FRESH = timedelta(minutes=1)  # for how long grades are sent by what the LMS was seen to show
JOB_LASTS = timedelta(hours=1)  # then what the LMS shows decides, whatever it says about its work
AT_ONCE = 500  # rows of one statement

#: What is written of a delivery whose grade the LMS shows: there is nothing to overwrite.
AS_IT_SHOULD = {"shown_points": None, "may_overwrite": False, "was_shown": True, "words": ""}
#: What is written of a delivery whose grade it does not show.
STOPPED = ("state", "job", "words", "shown_points", "may_overwrite", "tries")

Clock = Callable[[], datetime]
Chance = Callable[[], float]  # draws a number from 0 to 1


def sync(*, link: Link, lms: Lms, now: Clock, chance: Chance) -> bool:
    """Bring the grades of a course to its LMS, as far as it lets us; return False if it was not this worker's turn.

    The link is read anew once it is claimed: from then on a correction of it ends the claim.
    """
    claim = Claim.take(link, now())
    if claim is None:
        return False
    noted: dict[str, object] = {}
    try:
        link.refresh_from_db()
        noted = _Round(link, lms, claim, now, lms.assignments()).play()
    except TemporaryFailure as problem:
        noted = _put_off(link, problem, now(), chance())
    except (LinkBroken, Rejected) as problem:
        log.warning("The grades of %s are no longer sent: %s", link.course, problem)
        noted = {"is_paused": True, "paused_reason": str(problem)}
    except ClaimLost:
        log.warning("A round for %s ended: it was paused, corrected or taken over by another worker.", link.course)
    except Exception as fault:  # of ours: the log has it, and whoever waits for the grades reads that there is one
        noted = _put_off(link, TemporaryFailure(words.OURS.format(kind=type(fault).__name__)), now(), chance())
        raise
    finally:
        claim.release(**noted)
    return True


def _put_off(link: Link, problem: TemporaryFailure, at: datetime, drawn: float) -> dict[str, object]:
    """Return what is noted on a link whose LMS is away: it is left alone for as long as it has been away already.

    And for up to half as long again, as was drawn, so that its other courses do not all come back at the same second.
    """
    log.warning("The grades of %s are sent later: %s", link.course, problem)
    since = link.away_since or at
    pause = max(FIRST_PAUSE, at - since, timedelta(seconds=problem.seconds))
    return {"away_since": since, "next_try_at": at + min(pause * (1 + drawn / 2), LONGEST_PAUSE), "words": str(problem)}


@dataclass(frozen=True, slots=True)
class _Round:
    """What one worker does with one link while its claim holds. `assignments`: the LMS's numbers by our keys."""

    link: Link
    lms: Lms
    claim: Claim
    now: Clock
    assignments: Mapping[int, str]

    def play(self) -> dict[str, object]:
        """Do all of it; return what is noted on the link."""
        collect(link=self.link, assignments=self.assignments, at=self.now())
        noted: dict[str, object] = {"away_since": None, "next_try_at": None, "words": ""}
        for assignment, rows in _by_assignment(self._mine().unsettled()):
            self._settle(rows, assignment)
        self._send_all(list(self._mine().to_send(self.now())))
        pause = COMPARE_SOON if self.link.uncompared else COMPARE_AGAIN
        if self.link.compared_at is None or self.now() - self.link.compared_at >= pause:
            confirmed = _by_assignment(self._mine().filter(state=DeliveryState.CONFIRMED))
            refusals = [self._compare(rows, assignment) for assignment, rows in confirmed]
            noted |= {"compared_at": self.now(), "uncompared": "\n".join(filter(None, refusals))}
        return {**noted, "synced_at": self.now()}

    def _mine(self) -> GradeDeliveryQuerySet:
        mine = GradeDelivery.objects.filter(link=self.link, assignment__in=self.assignments)
        return mine.select_related("student", "assignment").order_by("assignment", "student")

    def _note(self, rows: Sequence[GradeDelivery], **fields: object) -> None:
        """Write down the same about some deliveries. Raises ClaimLost if they are no longer this worker's business."""
        with self._held():
            for start in range(0, len(rows), AT_ONCE):
                chosen = [each.pk for each in rows[start : start + AT_ONCE]]
                GradeDelivery.objects.filter(pk__in=chosen).update(**fields)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Hold the link while something is noted: whoever pauses or corrects it comes before that, or after it."""
        with transaction.atomic():
            self.claim.renew(self.now())
            yield

    def _shown(self, rows: Sequence[GradeDelivery], assignment: int) -> list[Shown]:
        """Return what the LMS shows for each delivery of an assignment; None also for want of such a student."""
        matches = self.lms.find([each.student for each in rows])
        there = self.lms.read(self.assignments[assignment])
        shown = [rounded(there.get(matches[each.student_id].remote_id)) for each in rows]
        if not self.lms.may_keep_percents:
            return shown
        pairs = zip(rows, shown, strict=True)
        return [as_ours(what, each.known_points, each.assignment.points) for each, what in pairs]

    def _settle(self, sent: Sequence[GradeDelivery], assignment: int) -> None:
        """Ask what became of the work the LMS was given, and compare what it shows now with what it was given."""
        told = {job: self.lms.ask(job) for job in dict.fromkeys(each.job for each in sent)}
        rows = [each for each in sent if told[each.job].is_over or self._is_late(each)]
        if not rows:
            return
        try:
            shown = self._shown(rows, assignment)
        except Rejected as problem:
            late = [each for each in rows if self._is_late(each)]
            said = words.NOT_READ_BACK.format(said=problem)
            self._note(late, state=DeliveryState.FAILED, job="", tries=F("tries") + 1, words=said)
            return
        changed = [each for each in rows if each.points != each.sent_points]  # here, while the LMS was at work
        same = [(each, points) for each, points in zip(rows, shown, strict=True) if each.points == each.sent_points]
        there = [each for each, points in same if points == each.points]
        self._note(changed, state=DeliveryState.WAITING, job="", words="")
        self._note(there, state=DeliveryState.CONFIRMED, job="", tries=0, **AS_IT_SHOULD)
        stopped = []
        for each, points in same:
            if points != each.points:
                stopped.append((each, points, words.not_as_sent(each, points, told[each.job].words)))
                each.tries += 1
        self._stop(stopped)

    def _is_late(self, delivery: GradeDelivery) -> bool:
        """Say whether the LMS has had the time that its work on a delivery may take."""
        return delivery.sent_at is not None and self.now() - delivery.sent_at >= JOB_LASTS

    def _compare(self, rows: Sequence[GradeDelivery], assignment: int) -> str:
        """Find the grades that were confirmed once and have been changed in the LMS; staff say which is right.

        Returns why nothing could be compared, or nothing. What cannot be looked at stays what it was.
        """
        try:
            shown = self._shown(rows, assignment)
        except Rejected as problem:
            return f"{rows[0].assignment.title}: {problem}"
        pairs = zip(rows, shown, strict=True)
        self._stop([(each, points, words.changed(each, points)) for each, points in pairs if points != each.points])
        return ""

    def _send_all(self, due: Sequence[GradeDelivery]) -> None:
        """Send what is due, an assignment at a time; park the grades of students whom the LMS does not know."""
        matches = self.lms.find([each.student for each in due]) if due else {}
        for said in {matches[each.student_id].words for each in due} - {""}:
            parked = [each for each in due if matches[each.student_id].words == said]
            self._note(parked, state=DeliveryState.PARKED, words=said, next_try_at=self.now() + LOOK_AGAIN)
        known = [each for each in due if matches[each.student_id].remote_id]
        for assignment, group in itertools.groupby(known, key=lambda each: each.assignment_id):
            left = list(group)
            while left:
                left = self._send(left, assignment, matches)

    def _send(
        self, rows: Sequence[GradeDelivery], assignment: int, matches: Mapping[int, Match]
    ) -> list[GradeDelivery]:
        """Send the grades of one assignment that the LMS does not show already, and leave alone what somebody made there.

        Returns those for which what it shows has to be read once more, since somebody may have changed it meanwhile.
        """
        read_at = self.now()
        try:
            shown = self._shown(rows, assignment)
        except Rejected as problem:
            self._fail(rows, problem)
            return []
        pairs = list(zip(rows, shown, strict=True))
        there = [each for each, points in pairs if points == each.points]
        missing = [(each, points) for each, points in pairs if points != each.points and each.may_replace(points)]
        fields = {"sent_points": F("points"), "tries": 0, "next_try_at": None, **AS_IT_SHOULD}
        self._note(there, state=DeliveryState.CONFIRMED, **fields)
        self._stop(
            [(each, points, words.by_hand(each, points)) for each, points in pairs if not each.may_replace(points)]
        )
        if missing and self._is_out_of_as_much([each for each, _ in missing], assignment):
            for start in range(0, len(missing), self.lms.at_once):
                if start and self.now() - read_at > FRESH:
                    return [each for each, _ in missing[start:]]
                self._write(self._intend(missing[start : start + self.lms.at_once]), assignment, matches)
        return []

    def _is_out_of_as_much(self, rows: Sequence[GradeDelivery], assignment: int) -> bool:
        """Say whether the LMS's assignment is out of as many points as ours; if not, leave the grades to staff."""
        try:
            maximum = self.lms.maximum(self.assignments[assignment])
        except Rejected as problem:
            self._fail(rows, problem)
            return False
        here = rows[0].assignment.points
        if maximum != here:
            said = words.OTHER_MAXIMUM.format(**maxima_text(maximum, here))
            self._note(rows, state=DeliveryState.FAILED, words=said)
        return maximum == here

    def _intend(self, missing: Sequence[tuple[GradeDelivery, Shown]]) -> list[GradeDelivery]:
        """Note what some grades will be sent as and take the place of: after a death both are known to be ours."""
        for each, shown in missing:
            each.sent_points, each.shown_points = each.points, _points(shown)
            each.may_overwrite = each.shown_points is not None
        rows = [each for each, _ in missing]
        with self._held():
            GradeDelivery.objects.bulk_update(rows, ("sent_points", "shown_points", "may_overwrite"))
        return rows

    def _write(self, rows: Sequence[GradeDelivery], assignment: int, matches: Mapping[int, Match]) -> None:
        """Send some grades in one request. Raises TemporaryFailure once that is noted on each."""
        entries = {matches[each.student_id].remote_id: GradeEntry(each.points, each.comment) for each in rows}
        try:
            job = self.lms.write(self.assignments[assignment], entries)
        except Rejected as problem:
            self._fail(rows, problem)
            return
        except TemporaryFailure as problem:
            self._note(rows, state=DeliveryState.WAITING, tries=F("tries") + 1, words=str(problem))
            raise
        except SomeRejected as some:
            job, taken = some.job, []
            for each in rows:
                said = some.refused.get(matches[each.student_id].remote_id)
                if said is None:
                    taken.append(each)
                else:
                    self._fail([each], said)
            rows = taken
        fields = {"sent_at": self.now(), "job": job, "next_try_at": None, "words": ""}
        self._note(rows, state=DeliveryState.SENT, **fields)

    def _stop(self, found: Sequence[tuple[GradeDelivery, Shown, str]]) -> None:
        """Leave grades to staff, with what the LMS shows instead: so much may be overwritten if they say so."""
        for row, shown, said in found:
            row.state, row.job, row.words = DeliveryState.FAILED, "", said
            row.shown_points, row.may_overwrite = _points(shown), False
        if found:
            with self._held():
                GradeDelivery.objects.bulk_update([row for row, *_ in found], STOPPED, batch_size=AT_ONCE)

    def _fail(self, rows: Sequence[GradeDelivery], problem: Rejected | str) -> None:
        self._note(rows, state=DeliveryState.FAILED, tries=F("tries") + 1, words=str(problem))


def _points(shown: Shown) -> Decimal | None:
    return None if isinstance(shown, NotPoints) else shown


def _by_assignment(rows: QuerySet) -> Iterator[tuple[int, list[GradeDelivery]]]:
    """Yield each assignment's key with its rows, which are in its order already."""
    for assignment, group in itertools.groupby(list(rows), key=lambda each: each.assignment_id):
        yield assignment, list(group)
