"""From a rubric to a grade: who may, what is kept half finished, what counts when, and that nothing shows before its release."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from course_admin.courses.audit import ChangedMeanwhile
from course_admin.courses.models import AuditEvent, Role, Section
from course_admin.gradebook.grading.grades import grade_rows, rows_of
from course_admin.gradebook.release.services import publish_grades
from course_admin.manual_grading.grading.deal import deal_out
from course_admin.manual_grading.grading.following import next_ungraded
from course_admin.manual_grading.grading.marks import NotToGrade, clean_marks, finish, keep_draft
from course_admin.manual_grading.models import HandGrading, ManualPart, SavedComment
from course_admin.manual_grading.questions.set_up import NotToChange, remove_questions, set_questions
from course_admin.manual_grading.questions.text import part_text
from course_admin.policy import Refused, standing_of
from tests.course_admin.manual_grading.conftest import RUBRIC, enrol
from tests.factories import NOW, graded, make_attempt, make_check

SECRET = "only those who may read this"


def marks_of(hand, first: int = 0, adjustment: str = "", comment: str = ""):
    one, two = hand.questions
    item = list(one.items.all())[first]
    typed = {
        str(one.pk): {"items": [str(item.pk)], "adjustment": adjustment, "comment": comment},
        str(two.pk): {"items": [], "adjustment": "0"},
    }
    return clean_marks(hand.questions, typed)


def dealt(hand, *graders, by_section: bool = False) -> list[HandGrading]:
    people = list(graders) or [hand.ta]
    deal_out(assignment=hand.assignment, graders=people, by_section=by_section, actor=hand.boss, at=NOW)
    return list(HandGrading.objects.select_related("attempt").order_by("pk"))


def give(hand, row: HandGrading, typed) -> None:
    marks = clean_marks(hand.questions, typed)
    finish(grading=row, questions=hand.questions, marks=marks, actor=hand.ta.account, at=NOW)


def points(hand) -> Decimal | None:
    return rows_of(hand.student)[0].points


def test_a_manual_part_takes_its_share_and_gives_what_people_gave(hand):
    assert points(hand) == Decimal(28)  # 70 % of 40
    (row,) = dealt(hand)
    assert row.grader == hand.ta.account
    finish(grading=row, questions=hand.questions, marks=marks_of(hand), actor=hand.ta.account, at=NOW)
    assert points(hand) == Decimal("56.5")  # and 30 % of 19 of 20
    sentence = rows_of(hand.student)[0].grade.sentence
    assert sentence == "56.5 = 56.5 of attempt 1 (28 of 70 by checks, 28.5 of 30 by hand)"
    assert [row.points for row in grade_rows(hand.course)] == [Decimal("56.5")]


def test_lateness_costs_both_parts_alike(hand):
    hand.assignment.due_at = NOW - timedelta(hours=1)
    hand.assignment.late_kind, hand.assignment.late_percent = "per_day", Decimal(10)
    hand.assignment.save()
    (row,) = dealt(hand)
    finish(grading=row, questions=hand.questions, marks=marks_of(hand), actor=hand.ta.account, at=NOW)
    assert points(hand) == Decimal("50.85")


def test_what_is_half_finished_is_kept_and_counts_nowhere(hand):
    (row,) = dealt(hand)
    keep_draft(grading=row, marks=marks_of(hand, comment="wip"), actor=hand.ta.account)
    row.refresh_from_db()
    assert row.shown_marks[str(hand.questions[0].pk)]["comment"] == "wip"
    assert points(hand) == Decimal(28)
    finish(grading=row, questions=hand.questions, marks=marks_of(hand), actor=hand.ta.account, at=NOW)
    keep_draft(grading=row, marks=marks_of(hand, first=1), actor=hand.ta.account)
    assert points(hand) == Decimal("56.5")  # taken up again, the old marks count
    finish(grading=row, questions=hand.questions, marks=marks_of(hand, first=1), actor=hand.ta.account, at=NOW)
    assert points(hand) == Decimal("50.5")
    last, first = AuditEvent.objects.filter(subject__startswith="grading by hand of")
    assert (first.before["marks"], last.before["marks"]) == (None, first.after["marks"])


def test_a_grading_is_finished_only_whole_and_in_sound_numbers(hand):
    (row,) = dealt(hand)
    one, two = hand.questions
    for typed, sentence in (
        ({str(one.pk): {"items": [one.items.first().pk]}}, "Speed has no marks yet"),
        ({str(one.pk): {"adjustment": "much"}}, "is no number"),
        ({str(one.pk): {"adjustment": "11"}}, "lies outside"),
        ({str(one.pk): {"adjustment": "NaN"}}, "lies outside"),
        ({str(one.pk): {"comment": "x" * 2001}}, "2001 characters; 2000 fit"),
    ):
        with pytest.raises(NotToGrade, match=sentence):
            give(hand, row, typed)
    assert clean_marks(hand.questions, {str(two.pk): {"items": [one.items.first().pk, "x", -1]}}) == {}
    assert not HandGrading.objects.finished().exists()


def test_two_who_finish_at_once_do_not_overwrite_one_another(hand):
    dealt(hand)
    mine, theirs = HandGrading.objects.get(), HandGrading.objects.get()
    finish(grading=theirs, questions=hand.questions, marks=marks_of(hand), actor=hand.boss, at=NOW)
    with pytest.raises(ChangedMeanwhile):
        finish(grading=mine, questions=hand.questions, marks=marks_of(hand, 1), actor=hand.ta.account, at=NOW)
    assert points(hand) == Decimal("56.5")


def test_a_newer_attempt_is_graded_anew_and_the_old_marks_count_until_then(hand):
    (row,) = dealt(hand)
    finish(grading=row, questions=hand.questions, marks=marks_of(hand), actor=hand.ta.account, at=NOW)
    newer = make_attempt(hand.student, hand.assignment, received_at=NOW + timedelta(hours=1))
    graded(newer, make_check(1, 5.0), at=NOW + timedelta(hours=1))
    assert points(hand) == Decimal("98.5")
    second = dealt(hand)[1]
    assert (second.attempt, points(hand)) == (newer, Decimal("98.5"))
    finish(grading=second, questions=hand.questions, marks=marks_of(hand, 1), actor=hand.ta.account, at=NOW)
    assert points(hand) == Decimal("92.5")


def test_what_nobody_began_goes_over_to_the_newer_attempt_and_what_somebody_began_stays(hand):
    (row,) = dealt(hand)
    later = NOW + timedelta(hours=1)
    newer = make_attempt(hand.student, hand.assignment, received_at=later)
    graded(newer, at=later)
    (row,) = dealt(hand)
    assert row.attempt == newer
    keep_draft(grading=row, marks=marks_of(hand), actor=hand.ta.account)
    newest = make_attempt(hand.student, hand.assignment, received_at=later + timedelta(hours=1))
    graded(newest, at=later + timedelta(hours=1))
    assert [each.attempt for each in dealt(hand)] == [newer]


def test_a_group_is_graded_once_and_all_of_it_have_the_points(hand):
    jon = enrol(hand.course, "jon")
    later = NOW + timedelta(hours=1)
    graded(make_attempt(hand.student, hand.assignment, partners=[jon], number=2, received_at=later), at=later)
    (row,) = dealt(hand)
    finish(grading=row, questions=hand.questions, marks=marks_of(hand), actor=hand.ta.account, at=NOW)
    own, theirs = rows_of(hand.student)[0], rows_of(jon)[0]
    assert own.points == theirs.points
    assert "28.5 of 30 by hand" in theirs.grade.sentence


@pytest.mark.medium
def test_work_is_dealt_evenly_by_section_and_never_to_who_may_not(hand):
    tuesday, thursday = (Section.objects.create(course=hand.course, name=name) for name in ("Tuesday", "Thursday"))
    people = [enrol(hand.course, f"s{n}", section=tuesday if n % 2 else thursday) for n in range(6)]
    for person in people:
        graded(make_attempt(person, hand.assignment))
    tue = enrol(hand.course, "tue", Role.TA, tuesday)
    rows = dealt(hand, hand.ta, tue)
    whose = {row.attempt.student.name: row.grader for row in rows}
    assert sum(grader == tue.account for grader in whose.values()) == 3
    assert all(whose[f"S{n}"] == hand.ta.account for n in (0, 2, 4))
    HandGrading.objects.all().delete()
    by_section = dealt(hand, hand.ta, tue, by_section=True)
    assert all(row.grader == tue.account for row in by_section if row.attempt.student.section == tuesday)


def test_who_may_not_grade_is_refused(hand):
    (row,) = dealt(hand)
    thursday = Section.objects.create(course=hand.course, name="Thursday")
    for actor in (enrol(hand.course, "thu", Role.TA, thursday).account, hand.student.account):
        with pytest.raises(Refused):
            keep_draft(grading=row, marks={}, actor=actor)
        with pytest.raises(Refused):
            finish(grading=row, questions=hand.questions, marks=marks_of(hand), actor=actor, at=NOW)
        with pytest.raises(Refused):
            set_questions(assignment=hand.assignment, text=RUBRIC, is_blind=True, actor=actor, at=NOW)
        with pytest.raises(Refused):
            deal_out(assignment=hand.assignment, graders=[], by_section=False, actor=actor, at=NOW)


def test_the_next_one_is_ones_own_then_nobodys_and_never_a_colleagues(hand):
    for n in range(3):
        graded(make_attempt(enrol(hand.course, f"s{n}"), hand.assignment))
    rows = dealt(hand)
    mine, theirs, nobodys, passed = rows
    HandGrading.objects.filter(pk=theirs.pk).update(grader=hand.boss)
    HandGrading.objects.filter(pk=nobodys.pk).update(grader=None)
    standing = standing_of(hand.ta.account)
    assert next_ungraded(standing, hand.assignment) == mine
    assert next_ungraded(standing, hand.assignment, mine.pk) == passed
    assert next_ungraded(standing, hand.assignment, passed.pk) == mine
    HandGrading.objects.filter(pk__in=[mine.pk, passed.pk]).delete()
    assert next_ungraded(standing, hand.assignment) == nobodys
    assert next_ungraded(standing, hand.assignment, nobodys.pk) is None


def test_a_mended_rubric_holds_for_what_was_graded(hand):
    (row,) = dealt(hand)
    finish(grading=row, questions=hand.questions, marks=marks_of(hand), actor=hand.ta.account, at=NOW)
    mended = RUBRIC.replace("points = 9", "points = 7")
    set_questions(assignment=hand.assignment, text=mended, is_blind=True, actor=hand.boss, at=NOW)
    assert points(hand) == Decimal("53.5")
    event = AuditEvent.objects.get(subject="rubric of Memory: deep", before__isnull=False)
    assert (event.before, event.after) == ({"points": "9"}, {"points": "7"})


def test_what_has_marks_is_not_taken_away(hand):
    (row,) = dealt(hand)
    finish(grading=row, questions=hand.questions, marks=marks_of(hand, 1), actor=hand.ta.account, at=NOW)
    without_item = RUBRIC.replace('[[questions.items]]\ntext = "generic"\npoints = 5\n', "")
    without_question = RUBRIC[: RUBRIC.rindex("[[questions]]")]
    for text in (without_item, without_question):
        with pytest.raises(NotToChange, match="stays: change its words or points instead"):
            set_questions(assignment=hand.assignment, text=text, is_blind=True, actor=hand.boss, at=NOW)
    with pytest.raises(NotToChange, match="has marks already"):
        remove_questions(part=hand.part, actor=hand.boss, at=NOW)
    assert len(part_text(hand.part).split("[[questions.items]]")) == 4


def test_a_manual_part_without_marks_can_go(hand):
    dealt(hand)
    remove_questions(part=hand.part, actor=hand.boss, at=NOW)
    assert not ManualPart.objects.exists()
    assert points(hand) == Decimal(40)


def test_the_text_of_a_part_makes_the_same_part(hand):
    before = AuditEvent.objects.count()
    set_questions(assignment=hand.assignment, text=part_text(hand.part), is_blind=True, actor=hand.boss, at=NOW)
    assert AuditEvent.objects.count() == before


@pytest.mark.medium
def test_a_manual_part_holds_grades_and_nothing_of_it_shows_before_they_are_published(hand, client):
    (row,) = dealt(hand)
    marks = marks_of(hand, comment=SECRET)
    finish(grading=row, questions=hand.questions, marks=marks, actor=hand.ta.account, at=NOW)
    pages = [reverse("attempt", args=[hand.attempt.public_id]), reverse("grade-trace", args=[hand.student.pk])]
    client.force_login(hand.student.account)
    for url in pages:
        text = client.get(url).content.decode()
        assert SECRET not in text
        assert "by hand" not in text
    now = timezone.now()
    hand.assignment.refresh_from_db()
    publish_grades(assignment=hand.assignment, publishes_at=now, actor=hand.boss, at=now, reason="")
    for url in pages:
        text = client.get(url).content.decode()
        assert SECRET in text
        assert "9: <bdi>deep</bdi>" in text
        assert "Graded by hand: 19 of 20" in text
    assert "28.5 of 30 by hand" in client.get(pages[1]).content.decode()


def test_courses_without_a_manual_part_ask_one_query_more_and_no_others(world, django_assert_num_queries):
    graded(make_attempt(world.student, world.assignment))
    with django_assert_num_queries(1):
        from course_admin.manual_grading.book import HandBook

        assert HandBook(world.course).of(world.student, world.assignment) is None


@pytest.mark.medium
def test_many_graded_students_take_as_many_queries_as_one(hand, django_assert_num_queries):
    from course_admin.manual_grading.book import HandBook

    for n in range(4):
        graded(make_attempt(enrol(hand.course, f"s{n}"), hand.assignment))
    for row in dealt(hand):
        finish(grading=row, questions=hand.questions, marks=marks_of(hand), actor=hand.ta.account, at=NOW)
    with django_assert_num_queries(4):
        HandBook(hand.course)


def test_saved_comments_are_kept_once(hand):
    from course_admin.manual_grading.grading.marks import save_comment

    for _ in range(2):
        save_comment(question=hand.questions[0], text=" Name a number. ", actor=hand.ta.account, at=NOW)
    assert SavedComment.objects.get().text == "Name a number."
