"""The page of a course's audit log: what was done reads as a sentence, is found by its filters, and stays in its course."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from course_admin.audit_log.sentences import Sentence, sentences_of
from course_admin.courses.audit import delete_audited, new_event, record, save_audited, set_audited, state_of
from course_admin.courses.models import Accommodation, AuditEvent, AuditKind, Role, Section
from course_admin.gradebook.cell.services import set_points
from course_admin.languages.own import choose_language
from course_admin.manual_grading.models import ManualPart, Question, RubricItem
from course_admin.review.services import write_comment
from tests.factories import NOW, make_attempt, make_course, make_enrollment, make_user


@pytest.fixture
def boss(world):
    account = make_enrollment(world.course, "ines", Role.INSTRUCTOR, name="Ines Moreau").account
    account.name = "Ines Moreau"
    account.save()
    return account


def newest(world) -> Sentence:
    events = AuditEvent.objects.filter(course=world.course).select_related("actor").order_by("-pk")[:1]
    (found,) = sentences_of(events)
    return found


def test_a_change_says_from_what_to_what_by_the_clock_of_the_course(world, boss):
    type(world.course).objects.update(time_zone="Europe/Berlin")
    world.assignment.due_at = NOW
    save_audited(thing=world.assignment, actor=boss, at=NOW, reason="a holiday")
    said = newest(world)
    assert (said.who, said.did, said.event.subject) == ("Ines Moreau", "changed", "Tensor")
    (line,) = said.changes
    assert line.startswith("due: nothing → ")
    assert line.endswith(" CEST")


def test_what_was_added_and_removed_says_what_it_was_and_not_twice(world, boss):
    told = {"student": world.student, "assignment": world.assignment, "actor": boss, "at": NOW}
    set_points(points=Decimal(77), reason="oral examination", **told)
    said = newest(world)
    assert (said.did, said.event.reason) == ("added", "oral examination")
    assert said.changes == ["points: 77"]
    delete_audited(thing=world.student.overrides.get(), actor=boss, at=NOW, reason="a slip")
    assert (newest(world).did, newest(world).changes[0]) == ("removed", "points: 77")


def test_of_a_private_reason_it_says_that_there_is_one_or_another_and_nothing_else(world, boss):
    told = {"reason": "a diagnosis", "granted_by": boss, "granted_at": NOW}
    standing = Accommodation(student=world.student, extra_days=1, starts_at=NOW, **told)
    save_audited(thing=standing, actor=boss, at=NOW, reason="")
    assert "reason: not told here" in newest(world).changes
    standing.reason = "another diagnosis"
    save_audited(thing=standing, actor=boss, at=NOW, reason="")
    assert newest(world).changes == ["reason: another one, not told here"]


def test_other_rows_are_named_and_those_that_are_gone_keep_their_number(world, boss):
    lab, lecture = (Section.objects.create(course=world.course, name=name) for name in ("Lab", "Lecture"))
    world.student.section = lab
    save_audited(thing=world.student, actor=boss, at=NOW, reason="")
    assert newest(world).changes == ["section: nothing → Lab"]
    set_audited(thing=world.student, name="other_sections", rows=[lecture], actor=None, at=NOW, reason="")
    assert (newest(world).who, newest(world).changes) == ("The service", ["other sections: nothing → Lecture"])
    key = lecture.pk
    world.student.other_sections.clear()
    lecture.delete()
    assert newest(world).changes == [f"other sections: nothing → number {key}"]


def test_what_is_no_change_of_a_row_is_not_called_added(world, boss):
    event = new_event(world.course.pk, AuditKind.GRADE, "regrade preview of Tensor", actor=boss, at=NOW, reason="")
    event.after = {"more runs": 2, "of": {"x": [1, True, None]}, "odd_at": "soon", "student_id": "x"}
    record([event])
    said = newest(world)
    assert said.did == "asked for"
    assert said.changes == ["more runs: 2", "odd: soon", "of: x 1, yes, nothing", "student: x"]


def test_marks_are_told_in_the_words_of_the_rubric(world, boss):
    part = ManualPart.objects.create(assignment=world.assignment)
    question = Question.objects.create(part=part, number=2, title="Broadcasting")
    item = RubricItem.objects.create(question=question, number=1, text="names the strides", points=7)
    event = new_event(world.course.pk, AuditKind.GRADE, "grading by hand", actor=boss, at=NOW, reason="")
    event.before = {"marks": {}}
    event.after = {"marks": {str(question.pk): {"items": [item.pk], "adjustment": "1", "comment": "Right."}}}
    record([event])
    told = "marks: nothing → 2. Broadcasting: names the strides, adjustment 1, comment Right."
    assert newest(world).changes == [told]


def page_of(client, world, query: str = "") -> str:
    answer = client.get(reverse("audit-log", args=[world.course.slug]) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_filters_find_and_another_course_is_not_there(client, world, boss):
    client.force_login(boss)
    for course, subject, actor, reason in (
        (world.course, "one", boss, "flu"),
        (world.course, "two", None, "a <script> & 100%"),
        (make_course("other"), "elsewhere", boss, ""),
    ):
        record([new_event(course.pk, AuditKind.DEADLINE, subject, actor=actor, at=NOW, reason=reason)])
    everything = page_of(client, world)
    assert "2 changes" in everything
    assert "a &lt;script&gt; &amp; 100%" in everything
    for query, found in (
        ("?q=flu", 1),
        ("?q=TWO", 1),
        ("?q=%25", 1),
        ("?who=ines", 1),
        ("?kind=deadline", 2),
        ("?kind=grade", 0),
        ("?kind=weather", 2),
        ("?q=" + "x" * 300, 2),
        ("?page=x", 2),
    ):
        assert f"<p>{found} change" in page_of(client, world, query), query


def test_many_changes_need_as_many_queries_as_few(client, world, boss):
    client.force_login(boss)
    counts = []
    for _ in range(2):
        for number in range(4):
            world.student.section = Section.objects.create(course=world.course, name=f"S{number}-{len(counts)}")
            save_audited(thing=world.student, actor=boss, at=NOW + timedelta(hours=number), reason="")
        page_of(client, world)
        with CaptureQueriesContext(connection) as queries:
            page_of(client, world)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_address_that_the_page_does_not_show_is_not_read_through_its_filter(client, world, boss):
    root = make_user("root", email="secret.address@example.edu", name="Rita")
    nameless = make_user("nameless", email="shown@example.edu", name="")
    told = {"course_id": world.course.pk, "kind": AuditKind.GRADE, "at": NOW, "reason": ""}
    record([new_event(subject="theirs", actor=each, **told) for each in (root, nameless)])
    client.force_login(boss)
    url = reverse("audit-log", args=[world.course.slug])
    for who, count in (("secret", 0), ("Rita", 1), ("shown@", 1)):
        assert len(client.get(url, {"who": who}).context["sentences"]) == count, who


def test_the_back_office_shows_the_same_sentences_in_the_language_of_who_reads(client, world, boss):
    """Stored in English; a comment on an attempt is named by a name that was stored when it was written."""
    told = {"student": world.student, "assignment": world.assignment, "actor": boss, "at": NOW}
    set_points(points=Decimal(77), reason="roster import", **told)
    attempt = make_attempt(world.student, world.assignment)
    with override("de"):  # whoever acts
        write_comment(attempt=attempt, text="Gut.", test_id="", is_released=True, author=boss, at=NOW)
    choose_language(account=boss, language="de")
    client.force_login(boss)
    rows = client.get(reverse("admin:courses_auditevent_changelist")).content.decode()
    for words in (
        "hat hinzugefügt:",
        "Punkte: 77",
        "Import der Teilnehmerliste",
        "Kommentar zu Versuch 1 von Mira Okafor für Tensor",
    ):
        assert words in rows
    event = AuditEvent.objects.get(kind=AuditKind.COMMENT)
    assert event.subject == "comment on attempt 1 of Mira Okafor for Tensor"
    page = client.get(reverse("admin:courses_auditevent_change", args=[event.pk])).content.decode()
    assert "Kommentar zu Versuch 1 von Mira Okafor für Tensor" in page
    assert "comment on" not in page


def test_the_list_of_the_back_office_asks_no_more_for_more_events(client, world, boss):
    client.force_login(boss)
    url = reverse("admin:courses_auditevent_changelist")
    told = {"student": world.student, "assignment": world.assignment, "actor": boss, "at": NOW, "reason": "oral"}
    counts = []
    for points in (77, 78):
        for more in range(5):
            set_points(points=Decimal(points) + more, shown=state_of(world.student.overrides.first()), **told)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
