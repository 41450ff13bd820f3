"""What an LMS is asked for on a page: how far the answer is stands in its row, and what is out of date is never kept."""

from decimal import Decimal

import pytest

from course_admin.integrations.canvas.models import AssignmentReading
from course_admin.integrations.lti.models import MemberReading
from course_admin.integrations.outbox import tasks
from course_admin.integrations.outbox.enquiry.asking import KEPT_FOR, answer, forget_old, note
from course_admin.integrations.outbox.enquiry.model import LONGEST, Enquiry
from course_admin.integrations.outbox.enquiry.progress import Asked, asked_of
from course_admin.integrations.outbox.enquiry.watched import WatchedLms
from course_admin.integrations.outbox.lms import GradeEntry, Rejected, TemporaryFailure
from course_admin.integrations.outbox.models import Comparison
from tests.factories import NOW


def stored() -> Comparison:
    return Comparison.objects.get()


def test_how_far_an_answer_is_can_be_seen_while_it_comes(link):
    asked = note(Comparison, link, NOW)
    seen = [asked_of(stored(), NOW)]

    def find(step):
        for done in (0, 1, 2):
            step(done, 2)
            seen.append(asked_of(stored(), NOW))
        return {"rows": [["a", "b", "1", "2", "missing", ""]]}

    answer(asked=asked, find=find, at=NOW)
    seen.append(asked_of(stored(), NOW))
    assert seen == [
        *(Asked(True), Asked(True, False, 0, 2), Asked(True, False, 1, 2), Asked(True, False, 2, 2)),
        Asked(False, False, 2, 2),
    ]
    assert len({each.version for each in seen}) == len(seen)
    assert (stored().read_at, len(stored().rows)) == (NOW, 1)


def test_whoever_asks_again_waits_for_a_new_answer_and_the_older_one_is_dropped(link):
    asked = note(Comparison, link, NOW)

    def find(step):
        note(Comparison, link, NOW + LONGEST / 2)
        step(1, 1)
        return {"rows": [[]]}

    answer(asked=asked, find=find, at=NOW)
    assert (stored().rows, stored().done, stored().is_waiting(NOW)) == ([], 0, True)
    answer(asked=stored(), find=lambda step: {"rows": [[]]}, at=NOW)
    note(Comparison, link, NOW + LONGEST)
    assert (stored().rows, stored().read_at) == ([], None)


def test_why_there_is_no_answer_is_kept(link):
    def find(step):
        raise TemporaryFailure("It is away.")

    answer(asked=note(Comparison, link, NOW), find=find, at=NOW)
    assert (stored().words, stored().read_at, stored().is_waiting(NOW)) == ("It is away.", None, False)


def test_what_has_no_answer_after_an_hour_is_waited_for_no_more(link):
    asked = note(Comparison, link, NOW)
    assert (asked.is_waiting(NOW), asked.is_lost(NOW)) == (True, False)
    assert (asked.is_waiting(NOW + LONGEST), asked.is_lost(NOW + LONGEST)) == (False, True)


def test_what_was_asked_a_week_ago_is_forgotten_whatever_it_was(link, monkeypatch):
    note(Comparison, link, NOW)
    note(AssignmentReading, link, NOW + KEPT_FOR)
    assert forget_old(NOW + KEPT_FOR) == 0
    assert forget_old(NOW + KEPT_FOR + LONGEST) == 1
    assert not Comparison.objects.exists()
    assert {MemberReading, AssignmentReading, Comparison} <= set(Enquiry.__subclasses__())
    monkeypatch.setattr(tasks, "now", lambda: NOW + 3 * KEPT_FOR)
    tasks.sync()
    assert not AssignmentReading.objects.exists()


class Refusing:
    """An LMS with two assignments, one of which it does not show."""

    at_once = 25
    may_keep_percents = False

    def assignments(self):
        return {1: "a", 2: "b"}

    def read(self, assignment):
        if assignment == "b":
            raise Rejected("not yours")
        return {}

    def write(self, assignment, entries):
        raise Rejected("closed")


def test_an_lms_that_is_watched_tells_of_what_it_refuses_too():
    compared, handed_over = [], []
    lms = WatchedLms(Refusing(), compared=lambda *told: compared.append(told), handed_over=handed_over.append)
    lms.assignments()
    lms.read("a")
    with pytest.raises(Rejected, match="not yours"):
        lms.read("b")
    lms.read("a")
    with pytest.raises(Rejected, match="closed"):
        lms.write("a", {"7": GradeEntry(Decimal(1), "")})
    assert compared == [(0, 2), (1, 2), (2, 2), (2, 2)]
    assert (handed_over, lms.at_once) == ([0, 1], 25)
