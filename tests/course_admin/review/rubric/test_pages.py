"""The pages of grading by hand: from the suite's questions to a finished grading, blind, by a TA, and calibrated."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from course_admin.courses.models import Role
from course_admin.gradebook.release.services import publish_grades
from course_admin.manual_grading.models import HandGrading, ManualPart, Purpose
from grader.source import Tree, pack_archive
from grader.transport.archives import FolderArchives
from tests.course_admin.manual_grading.conftest import RUBRIC, boss, hand  # noqa: F401 - fixtures
from tests.factories import NOW, graded, make_attempt, make_enrollment

ANSWERS = "# Question 1\nI, Mira Okafor, say: strides.\n# Question 2\n" + "It is slow.\n"


@pytest.fixture
def url(world):
    return lambda name, *args: reverse(name, args=[world.course.slug, world.assignment.slug, *args])


@pytest.fixture
def answered(hand, settings, tmp_path):  # noqa: F811
    """Return the course with another submission, of Mira too, that holds answers; both are dealt to the TA."""
    settings.ASSAY_ARCHIVES = tmp_path
    data = pack_archive(Tree.of({"ANSWERS.md": ANSWERS.encode()}))
    sha = FolderArchives(tmp_path).put(data)
    other = make_enrollment(hand.course, "jon", name="Jon Mira")
    hand.student.name = "Mira Okafor"
    hand.student.save()
    hand.attempt.archive_sha256, hand.attempt.archive_bytes = sha, len(data)
    type(hand.attempt).objects.filter(pk=hand.attempt.pk).update(archive_sha256=sha, archive_bytes=len(data))
    graded(make_attempt(other, hand.assignment))
    return hand


def deal(client, hand, url):  # noqa: F811
    client.force_login(hand.boss)
    answer = client.post(url("by-hand-deal"), {"graders": [hand.ta.pk]}, follow=True)
    assert "Dealt out 2 to grade. Tom: 2." in answer.content.decode()
    client.force_login(hand.ta.account)
    return HandGrading.objects.get(attempt=hand.attempt)


def typed(hand, **more):  # noqa: F811
    one, two = hand.questions
    return {f"items-{one.pk}": one.items.first().pk, f"adjustment-{two.pk}": "0", **more}


@pytest.mark.slow
def test_an_assignment_is_graded_by_its_suite_alone_until_somebody_writes_questions(world, boss, client, url):  # noqa: F811
    client.force_login(boss)
    assert "graded by its suite alone" in client.get(url("by-hand")).content.decode()
    form = client.get(url("by-hand-rubric"), {"as": "text"}).context["form"]
    assert form.initial["text"].count("[[questions]]") == 3  # those beside the suite
    answer = client.post(url("by-hand-rubric"), {"text": form.initial["text"], "is_blind": "on"}, follow=True)
    assert "The rubric holds." in answer.content.decode()
    part = ManualPart.objects.get()
    assert (part.questions.count(), part.share_percent, part.is_blind) == (3, 30, True)
    world.assignment.refresh_from_db()
    assert world.assignment.holds_grades
    bad = client.post(url("by-hand-rubric"), {"text": "share = 3"}).content.decode()
    assert "There are 0 questions" in bad
    assert part.questions.count() == 3
    client.post(url("by-hand-rubric"), {"remove": ""})
    assert not ManualPart.objects.exists()


@pytest.mark.slow
def test_the_answer_stands_beside_the_items_and_no_name_until_publication(answered, client, url):
    row = deal(client, answered, url)
    pages = (url("by-hand-grade", row.pk), url("by-hand"))
    text = client.get(pages[0]).content.decode()
    assert "I, [name], say: strides." in text
    assert "ANSWERS.md" in text
    for page in pages:
        assert "Mira" not in client.get(page).content.decode()
        assert "mira" not in client.get(page).content.decode()
    now = timezone.now()
    answered.assignment.refresh_from_db()
    publish_grades(assignment=answered.assignment, publishes_at=now, actor=answered.boss, at=now, reason="")
    for page in pages:
        assert "Mira Okafor" in client.get(page).content.decode()


@pytest.mark.slow
def test_marks_are_kept_finished_and_lead_on_to_the_next(answered, client, url):
    row = deal(client, answered, url)
    page = url("by-hand-grade", row.pk)
    one, _ = answered.questions
    kept = client.post(page, {f"comment-{one.pk}": "So far"}, headers={"X-Requested-With": "fetch"})
    assert kept.status_code == 204
    assert "So far" in client.get(page).content.decode()
    refused = client.post(page, {f"adjustment-{one.pk}": "x"}, headers={"X-Requested-With": "fetch"})
    assert refused.status_code == 422
    assert "is no number" in json.loads(refused.content)["message"]
    assert "has no marks yet" in client.post(page, {"finish": "1"}).content.decode()
    data = typed(answered, **{f"comment-{one.pk}": "Name a number.", f"keep-{one.pk}": "on", "finish": "1"})
    following = client.post(page, data)
    other = HandGrading.objects.exclude(pk=row.pk).get()
    assert following.url == url("by-hand-grade", other.pk)
    assert "Name a number." in client.get(following.url).content.decode()  # saved for others
    assert client.get(url("by-hand-next")).url == following.url
    assert client.post(following.url, typed(answered, finish="1")).url == url("by-hand")
    assert HandGrading.objects.finished().count() == 2


@pytest.mark.medium
def test_marks_that_are_refused_stay_as_they_were_typed(answered, client, url):
    row = deal(client, answered, url)
    page = url("by-hand-grade", row.pk)
    one, _ = answered.questions
    shown = {"shown_state": client.get(page).context["shown_state"]}
    wrong = {f"comment-{one.pk}": "Name a number.", f"adjustment-{one.pk}": "a lot"}
    text = client.post(page, typed(answered, **wrong) | shown).content.decode()
    assert "is no number" in text
    assert ("Name a number.</textarea>" in text, 'value="a lot"' in text) == (True, True)
    assert not HandGrading.objects.get(pk=row.pk).marks


@pytest.mark.medium
def test_marks_that_somebody_else_gave_while_the_page_was_open_are_kept(answered, client, url):
    row = deal(client, answered, url)
    page = url("by-hand-grade", row.pk)
    shown = {"shown_state": client.get(page).context["shown_state"]}
    one, _ = answered.questions
    client.post(page, typed(answered, finish="1") | shown)
    late = client.post(page, typed(answered, finish="1", **{f"comment-{one.pk}": "Unseen"}) | shown)
    assert "Somebody changed this while the page was open" in late.content.decode()
    kept = client.post(page, typed(answered) | shown, headers={"X-Requested-With": "fetch"})
    assert kept.status_code == 422
    assert "Unseen" not in str(HandGrading.objects.get(pk=row.pk).marks)


@pytest.mark.medium
def test_what_is_left_stands_in_what_needs_eyes(answered, client, url):
    deal(client, answered, url)
    text = client.get(reverse("needs-eyes", args=[answered.course.slug])).content.decode()
    assert "2 to grade, 2 of them yours" in text
    assert url("by-hand-next") in text


def test_dealing_without_questions_or_people_says_so(world, boss, client, url):  # noqa: F811
    client.force_login(boss)
    assert "Write the questions first" in client.post(url("by-hand-deal"), follow=True).content.decode()
    client.post(url("by-hand-rubric"), {"text": RUBRIC})
    assert "Choose who grades." in client.post(url("by-hand-deal"), follow=True).content.decode()


@pytest.mark.medium
def test_two_calibrate_on_the_same_submissions_without_seeing_each_other(answered, client, url):
    deal(client, answered, url)
    client.force_login(answered.boss)
    ann = make_enrollment(answered.course, "ann", Role.TA)
    page = url("by-hand-calibration")
    assert "Choose two people" in client.post(page, {"graders": [ann.pk]}).content.decode()
    client.post(page, {"graders": [answered.ta.pk, ann.pk]})
    rows = HandGrading.objects.filter(purpose=Purpose.CALIBRATION)
    assert rows.count() == 4
    again = client.post(page, {"graders": [ann.pk, answered.ta.pk]}).content.decode()
    assert "calibrates in this assignment already" in again
    assert rows.count() == 4
    for person, adjustment in ((ann, "0"), (answered.ta, "-1")):
        client.force_login(person.account)
        mine = rows.filter(grader=person.account).order_by("pk")
        theirs = rows.exclude(grader=person.account).first()
        assert client.get(url("by-hand-grade", theirs.pk)).status_code == 404
        for row in mine:
            data = typed(answered, **{f"adjustment-{answered.questions[0].pk}": adjustment, "finish": "1"})
            client.post(url("by-hand-grade", row.pk), data)
    (table,) = client.get(page).context["tables"]
    assert (len(table.rows), table.left) == (2, (0, 0))
    first, second = table.by_question
    assert (first[1].exact, first[1].within_one, second[1].exact) == (0, 1, 1)
    assert not HandGrading.objects.counting().finished().exists()  # none of it is part of a grade


@pytest.mark.medium
def test_a_table_shows_nothing_of_a_submission_that_one_of_them_has_not_finished(answered, client, url):
    client.force_login(answered.boss)
    ann = make_enrollment(answered.course, "ann", Role.TA)
    client.post(url("by-hand-calibration"), {"graders": [answered.ta.pk, ann.pk]})
    client.force_login(ann.account)
    row = HandGrading.objects.filter(grader=ann.account).first()
    client.post(url("by-hand-grade", row.pk), typed(answered, finish="1"))
    (table,) = client.get(url("by-hand-calibration")).context["tables"]
    assert (table.rows, sum(table.left)) == ([], 3)


@pytest.mark.medium
def test_the_overview_takes_as_many_queries_for_many_as_for_few(answered, client, url, django_assert_max_num_queries):
    deal(client, answered, url)
    with django_assert_max_num_queries(40) as few:
        client.get(url("by-hand"))
    for n in range(5):
        attempt = make_attempt(make_enrollment(answered.course, f"s{n}"), answered.assignment)
        HandGrading.objects.create(attempt=attempt, dealt_at=NOW)
    with django_assert_max_num_queries(len(few)):
        client.get(url("by-hand"))
