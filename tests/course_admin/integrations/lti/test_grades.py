"""Grades go to a platform's line items one by one, each as few times as its answers allow, and are read back."""

import json
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.utils import translation
from werkzeug import Response

from course_admin.courses.models import Enrollment, Role
from course_admin.integrations.lti.advantage.grades import below
from course_admin.integrations.lti.advantage.lms import LtiLms
from course_admin.integrations.lti.models import LtiCourse
from course_admin.integrations.outbox.delivery import deliver
from course_admin.integrations.outbox.ledger import Standing, ledger
from course_admin.integrations.outbox.lms import TemporaryFailure
from course_admin.integrations.outbox.models import GradeDelivery
from course_admin.integrations.outbox.stored_words import lms_words
from tests.course_admin.integrations.canvas.fake_canvas import ROUND, again, set_points, states
from tests.course_admin.integrations.lti.fake_platform import HOST, SUBJECT, FakePlatform
from tests.factories import NOW, graded, make_assignment, make_attempt, make_enrollment


def play(link: LtiCourse, at=NOW) -> None:
    """Play one round, without waiting for anything."""
    link = LtiCourse.objects.select_related("course", "platform").get(pk=link.pk)
    with LtiLms(link, now=lambda: at, wait=lambda seconds: None) as lms:
        assert deliver.sync(link=link, lms=lms, now=lambda: at, chance=lambda: 0)


def posted(fake: FakePlatform) -> list[dict[str, Any]]:
    """Return the scores that were sent, taken or not."""
    return [json.loads(each.get_data()) for each in fake.asked if each.path.endswith("/scores")]


@pytest.fixture
def item(world, lti, fake):
    """Give the course's assignment, of which Mira has 50 of 100, a line item."""
    Enrollment.objects.filter(pk=world.student.pk).update(lti_subject=SUBJECT)
    graded(make_attempt(world.student, world.assignment))
    return fake.grade(lti, world.assignment)


@pytest.mark.slow
def test_a_grade_is_sent_with_its_reason_and_confirmed_by_what_is_shown(world, lti, fake, item):
    play(lti)
    assert states() == [("sent", "50.00")]
    (score,) = posted(fake)
    assert (score["userId"], score["scoreGiven"], score["scoreMaximum"]) == (SUBJECT, 50.0, 100)
    assert score["comment"].endswith(f" {HOST}/grades/{world.student.pk}/")
    assert "Commit 3f9c2ab, attempt att_" in score["comment"]
    assert score["timestamp"] == "2026-10-02T12:00:00.000000Z"
    assert score["https://canvas.instructure.com/lti/submission"] == {"new_submission": False}
    play(lti, NOW + ROUND)
    assert states() == [("confirmed", "50.00")]
    play(lti, NOW + 2 * ROUND)
    assert len(posted(fake)) == 1  # only changes are sent
    set_points("87.125")
    play(lti, NOW + 3 * ROUND)
    assert [each["scoreGiven"] for each in posted(fake)] == [50.0, 87.12]


@pytest.mark.slow
def test_a_result_out_of_another_maximum_is_the_same_grade(lti, fake, item):
    fake.out_of = 1.0
    play(lti)
    play(lti, NOW + ROUND)
    assert states() == [("confirmed", "50.00")]


@pytest.mark.slow
def test_a_grade_that_somebody_made_there_is_left_to_staff(lti, fake, item):
    fake.scores[7, SUBJECT] = {"userId": SUBJECT, "scoreGiven": 61.5, "timestamp": "2026-10-01T00:00:00.000Z"}
    play(lti)
    assert (states(), posted(fake)) == ([("failed", "50.00")], [])
    assert GradeDelivery.objects.get().words.startswith("The LMS shows 61.5, which was not sent from here")
    again()
    play(lti, NOW + ROUND)
    assert fake.scores[7, SUBJECT]["scoreGiven"] == 50.0


def test_a_grade_made_there_while_the_others_are_sent_is_left_to_staff(world, lti, fake, item, monkeypatch):
    """A platform that takes each score by itself is busy for minutes with a course."""
    lea = make_enrollment(world.course, "lea", lti_subject="lea")
    graded(make_attempt(lea, world.assignment))
    monkeypatch.setattr(LtiLms, "at_once", 1)
    passed = []

    def takes_minutes(request):
        answer = fake.reply(request)
        if request.path.endswith("/scores") and not passed:
            passed.append(timedelta(minutes=2))
            for subject in {"lea", SUBJECT} - {json.loads(request.get_data())["userId"]}:
                fake.scores[7, subject] = {"scoreGiven": 81, "timestamp": "2026-01-01"}
        return answer

    fake.meddle = takes_minutes
    link = LtiCourse.objects.select_related("course", "platform").get(pk=lti.pk)
    with LtiLms(link, now=lambda: NOW, wait=lambda seconds: None) as lms:
        deliver.sync(link=link, lms=lms, now=lambda: NOW + sum(passed, timedelta()), chance=lambda: 0)
    assert sorted(score["scoreGiven"] for score in fake.scores.values()) == [50, 81]
    assert sorted(state for state, _ in states()) == ["failed", "sent"]


@pytest.mark.parametrize("told", ['"resultScore": 1e400', '"resultScore": 100, "resultMaximum": 1e-7'])
def test_a_number_that_is_too_large_for_us_is_a_grade_that_somebody_made(lti, fake, item, told):
    answer = f'[{{"userId": "{SUBJECT}", {told}}}]'
    fake.meddle = lambda request: Response(answer) if request.path.endswith("/results") else None
    play(lti)
    (delivery,) = GradeDelivery.objects.all()
    assert (delivery.state, delivery.shown_points, fake.scores) == ("failed", Decimal("9999999.99"), {})


@pytest.mark.parametrize(
    "told",
    [
        '"resultScore": "A-"',
        '"resultScore": "12,5"',
        '"resultScore": true',
        '"resultScore": NaN',
        '"resultScore": [40]',
        '"resultScore": 40, "resultMaximum": 0',
        '"resultScore": 40, "resultMaximum": "many"',
    ],
)
def test_a_result_that_is_no_number_is_nothing_to_overwrite(lti, fake, item, told):
    answer = f'[{{"userId": "{SUBJECT}", {told}}}]'
    fake.meddle = lambda request: Response(answer) if request.path.endswith("/results") else None
    play(lti)
    (delivery,) = GradeDelivery.objects.all()
    assert (delivery.state, delivery.shown_points, fake.scores) == ("failed", None, {})
    assert "something for the student that is no number" in delivery.words
    with translation.override("de"):
        assert "etwas, das keine Zahl ist" in lms_words(delivery.words)


@pytest.mark.parametrize("told", ['"resultScore": null', '"resultScore": ""', '"comment": "well done"'])
def test_a_result_without_a_score_is_no_grade(lti, fake, item, told):
    answer = f'[{{"userId": "{SUBJECT}", {told}}}]'
    fake.meddle = lambda request: Response(answer) if request.path.endswith("/results") else None
    play(lti)
    assert [state for state, _ in states()] == ["sent"]


@pytest.mark.medium
def test_a_line_item_out_of_other_points_takes_nothing(lti, fake, item):
    fake.items[7]["scoreMaximum"] = 20
    play(lti)
    assert (states(), posted(fake)) == ([("failed", "50.00")], [])
    assert "out of 20 in the LMS and out of 100 here" in GradeDelivery.objects.get().words


@pytest.mark.medium
def test_one_who_is_refused_fails_by_name_and_the_others_go_on(world, lti, fake, item):
    fake.knows(SUBJECT)
    graded(make_attempt(make_enrollment(world.course, "jon", lti_subject="s-gone"), world.assignment))
    play(lti)
    rows = {each.student.name: each for each in GradeDelivery.objects.all()}
    assert rows["Mira Okafor"].state == "sent"
    assert (rows["Jon"].state, rows["Jon"].tries) == ("failed", 1)
    assert rows["Jon"].words == "The platform answered 422: User not found in course or is not a student"


@pytest.mark.medium
def test_a_line_item_that_is_gone_stops_its_grades_with_the_reason(lti, fake, item):
    del fake.items[7]
    play(lti)
    assert states() == [("failed", "50.00")]
    assert "answered 404" in GradeDelivery.objects.get().words


@pytest.mark.medium
def test_somebody_whom_the_platform_does_not_find_is_no_line_item_that_is_gone(world, lti, fake, item):
    """Some platforms answer 404 about a person, too: the others' scores, sent before and after, are no failures."""
    for name in ("jon", "lea"):
        graded(make_attempt(make_enrollment(world.course, name, lti_subject=f"s-{name}"), world.assignment))

    def knows_no_jon(request):
        is_jon = request.path.endswith("/scores") and json.loads(request.get_data())["userId"] == "s-jon"
        return Response('{"message": "User not found"}', 404) if is_jon else None

    fake.meddle = knows_no_jon
    play(lti)
    rows = {each.student.name: each for each in GradeDelivery.objects.all()}
    assert {name: each.state for name, each in rows.items()} == {"Mira Okafor": "sent", "Jon": "failed", "Lea": "sent"}
    assert rows["Jon"].words == "The platform answered 404: User not found"


@pytest.mark.medium
def test_a_line_item_that_is_deleted_between_two_scores_stops_all_with_the_reason(world, lti, fake, item):
    graded(make_attempt(make_enrollment(world.course, "jon", lti_subject="s-jon"), world.assignment))

    def deletes_it(request):
        if request.path.endswith("/scores") and fake.scores:
            fake.items.clear()
        return None

    fake.meddle = deletes_it
    play(lti)
    assert {state for state, _ in states()} == {"failed"}
    assert len(posted(fake)) == 2
    assert all("404" in each.words for each in GradeDelivery.objects.all())


@pytest.mark.medium
def test_a_score_that_may_have_arrived_is_looked_for_before_it_is_sent_again(lti, fake, item):
    """The answer to a score that was stored is a 502: it is there, and is not sent twice."""
    lost = []

    def store_and_fail(request):
        if request.path.endswith("/scores") and not lost:
            lost.append(fake._score(request, "7"))
            lost[0].status_code = 502
            return lost[0]
        return None

    fake.meddle = store_and_fail
    play(lti)
    play(lti, NOW + ROUND)
    assert (len(posted(fake)), states()) == (1, [("confirmed", "50.00")])


@pytest.mark.parametrize("out_of", [1.0, 3.0, 7.0])
def test_a_score_that_arrived_is_found_however_the_platform_keeps_its_number(lti, fake, item, out_of):
    """A share of 3 or 7 has no end: 0.05 is read back as 0.0500000000000000067."""
    set_points("0.05")
    fake.out_of, lost = out_of, []

    def store_and_fail(request):
        if request.path.endswith("/scores") and not lost:
            lost.append(fake._score(request, "7"))
            lost[0].status_code = 502
            return lost[0]
        return None

    fake.meddle = store_and_fail
    play(lti)
    play(lti, NOW + ROUND)
    assert (len(posted(fake)), states()) == (1, [("confirmed", "0.05")])


KEPT = {
    "as it is": lambda points: points,
    "in five decimals": lambda points: round(points, 5),
    "as a share": lambda points: points / 100 * 100,
    "added up": lambda points: points + 0.1 + 0.2 - 0.3,
}


@pytest.mark.medium
@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("exact", ["87.125", "87.135", "33.333333", "0.005", "99.995", "66.666667"])
def test_no_rounding_of_theirs_is_a_difference(lti, fake, item, kept, exact):
    set_points(exact)
    play(lti)
    fake.scores[7, SUBJECT]["scoreGiven"] = KEPT[kept](fake.scores[7, SUBJECT]["scoreGiven"])
    play(lti, NOW + ROUND)
    with LtiLms(lti, now=lambda: NOW, wait=lambda seconds: None) as lms:
        assert [each.standing for each in ledger(link=lti, lms=lms, at=NOW).lines] == [Standing.SAME]
    assert [state for state, _ in states()] == ["confirmed"]


PERCENT = Decimal("0.01")
KEPT_BY_PERCENT = {
    "half up": lambda points, most: (points * 100 / most).quantize(PERCENT, ROUND_HALF_UP) * most / 100,
    "half even": lambda points, most: (points * 100 / most).quantize(PERCENT, ROUND_HALF_EVEN) * most / 100,
}


@pytest.mark.medium
@pytest.mark.parametrize("kept", KEPT_BY_PERCENT)
@pytest.mark.parametrize(("exact", "most"), [("871.23", 1000), ("871.25", 1000), ("100.01", 150), ("33.335", 400)])
def test_a_percentage_in_two_decimals_is_the_same_grade(world, lti, fake, item, kept, exact, most):
    """Out of 1,000 points 871.23 are 87.12 % there, which reads as 871.2 and was changed by nobody's hand."""
    world.course.assignments.update(points=most)
    fake.items[7]["scoreMaximum"] = most

    def keep() -> None:
        given = Decimal(str(fake.scores[7, SUBJECT]["scoreGiven"]))
        fake.scores[7, SUBJECT]["scoreGiven"] = float(KEPT_BY_PERCENT[kept](given, most))

    def standing() -> list[Standing]:
        with LtiLms(lti, now=lambda: NOW, wait=lambda seconds: None) as lms:
            return [each.standing for each in ledger(link=lti, lms=lms, at=NOW).lines]

    set_points(exact)
    play(lti)
    keep()
    assert standing() == [Standing.SAME]
    play(lti, NOW + ROUND)
    assert [state for state, _ in states()] == ["confirmed"]
    play(lti, NOW + timedelta(days=2))  # compared once more
    assert [state for state, _ in states()] == ["confirmed"]
    set_points("12.34")
    assert standing() == [Standing.OUTDATED]
    play(lti, NOW + timedelta(days=3))  # nobody changed the one before
    assert fake.scores[7, SUBJECT]["scoreGiven"] == 12.34
    keep()
    play(lti, NOW + timedelta(days=3) + ROUND)
    fake.scores[7, SUBJECT]["scoreGiven"] = 12.9
    play(lti, NOW + timedelta(days=5))
    assert [state for state, _ in states()] == ["failed"]  # and this somebody did


def test_an_assignment_of_no_points_stops_no_other_grade(world, lti, fake, item):
    """What the platform shows of it is no percentage of anything."""
    other = make_assignment(world.course, "m02", title="Other")
    graded(make_attempt(world.student, other))
    fake.grade(lti, other, 8)
    type(world.assignment).objects.filter(pk=world.assignment.pk).update(points=0)
    fake.scores[7, SUBJECT] = {"scoreGiven": 81, "timestamp": "2026-01-01"}
    play(lti)
    assert fake.scores[8, SUBJECT]["scoreGiven"] == 50
    assert fake.scores[7, SUBJECT]["scoreGiven"] == 81


def test_a_percentage_that_arrived_is_not_sent_twice(world, lti, fake, item):
    """After a kill between noting and sending, too, the old grade is known to be ours however it is kept."""
    world.course.assignments.update(points=1000)
    fake.items[7]["scoreMaximum"] = 1000
    set_points("871.23")
    play(lti)
    fake.scores[7, SUBJECT]["scoreGiven"] = 871.2
    play(lti, NOW + ROUND)
    set_points("900")
    fake.once("POST .*scores", 429, "", Retry_After="60")
    play(lti, NOW + 2 * ROUND)
    play(lti, NOW + 4 * ROUND)
    assert [each["scoreGiven"] for each in posted(fake)] == [871.23, 900, 900]
    assert states() == [("sent", "900.00")]


def test_a_platform_that_cuts_at_its_maximum_is_said_to_do_so(lti, fake, item):
    """Moodle and Brightspace take no more than the maximum unless they are told to: nobody's hand was there."""
    set_points("104.5")
    play(lti)
    fake.scores[7, SUBJECT]["scoreGiven"] = 100
    play(lti, NOW + ROUND)
    words = GradeDelivery.objects.get().words
    assert (states(), words) == (
        [("failed", "104.50")],
        "It was sent 104.5 and shows 100, its maximum: it cuts off what lies above, unless it is told there that grades may.",
    )
    with LtiLms(lti, now=lambda: NOW, wait=lambda seconds: None) as lms:
        assert [(each.standing, each.words) for each in ledger(link=lti, lms=lms, at=NOW).lines] == [
            (Standing.REFUSED, words)
        ]
    with translation.override("de"):
        assert "100, die Höchstpunktzahl" in lms_words(words)


@pytest.mark.medium
@pytest.mark.parametrize(("status", "body"), [(403, "Rate Limit Exceeded"), (429, ""), (500, ""), (503, "<html>")])
def test_what_passes_within_seconds_is_not_seen(lti, fake, item, status, body):
    for path in ("/token", "/items/7/lineitem$", "/items/7/lineitem/results", "/items/7/lineitem/scores"):
        fake.once(path, status, body)
    play(lti)
    assert states() == [("sent", "50.00")]
    assert not LtiCourse.objects.get().away_since


@pytest.mark.medium
def test_a_platform_that_stays_away_or_asks_for_patience_puts_the_round_off(lti, fake, item):
    fake.once("POST .*scores", 429, "", Retry_After="7200")
    play(lti)
    link = LtiCourse.objects.get()
    assert (link.away_since, link.next_try_at) == (NOW, NOW + timedelta(hours=2))
    assert (states(), GradeDelivery.objects.get().tries) == ([("waiting", "50.00")], 1)


@pytest.mark.medium
def test_a_token_that_is_no_longer_taken_is_replaced_once(lti, fake, item):
    answered = []

    def end_tokens(request):
        if request.path.endswith("/scores") and not answered:
            answered.append(request)
            fake.forget_tokens()
        return None

    fake.meddle = end_tokens
    play(lti)
    assert states() == [("sent", "50.00")]
    assert len([each for each in fake.asked if each.path == "/token"]) == 4  # one for each scope, and one more


@pytest.mark.medium
def test_a_right_that_was_taken_away_pauses_the_link(lti, fake, item):
    fake.once("GET .*results", 403, '{"error": "insufficient_scope"}')
    play(lti)
    link = LtiCourse.objects.get()
    assert link.is_paused
    assert "insufficient_scope" in link.paused_reason


def test_no_token_pauses_the_link_with_the_platform_s_words(lti, fake, item):
    fake.once("POST /token", 400, '{"error": "invalid_client", "error_description": "Unknown client."}')
    play(lti)
    assert LtiCourse.objects.get().paused_reason == (
        "The platform gives us no token: The platform answered 400: Unknown client."
    )


@pytest.mark.medium
def test_a_platform_that_writes_numbers_for_people_is_understood(world, lti, fake, item):
    Enrollment.objects.filter(pk=world.student.pk).update(lti_subject="4711")
    rows = [{"userId": 4711, "resultScore": 50, "resultMaximum": 100}, {"userId": True, "resultScore": 1}]
    fake.meddle = lambda request: Response(json.dumps(rows), 200) if request.path.endswith("/results") else None
    play(lti)
    assert (states(), posted(fake)) == ([("confirmed", "50.00")], [])
    fake.people.append({"user_id": 4712, "roles": ["Learner"], "email": "jon@example.edu"})
    with LtiLms(lti) as lms:
        assert [each.subject for each in lms.members()] == ["4712"]


def test_the_page_of_downloads_names_the_platform_and_leads_to_both_sides(client, world, lti):
    client.force_login(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    page = client.get("/courses/tinytorch/gradebook/export/").content.decode()
    assert "Grades go to <bdi>the university&#x27;s LMS</bdi> by themselves." in page
    assert 'href="/courses/tinytorch/grades-there/"' in page
    assert "Canvas</a>" not in page


@pytest.mark.medium
def test_times_of_scores_only_ever_grow(world, lti, fake, item):
    for number in range(3):
        graded(make_attempt(make_enrollment(world.course, f"s{number}", lti_subject=f"s-{number}"), world.assignment))
    play(lti)
    stamps = [each["timestamp"] for each in posted(fake)]
    assert stamps == sorted(set(stamps))


@pytest.mark.slow
def test_results_come_in_pages_whose_addresses_are_followed_as_they_are(world, lti, fake, item):
    fake.per_page = 2
    for number in range(4):
        graded(make_attempt(make_enrollment(world.course, f"s{number}", lti_subject=f"s-{number}"), world.assignment))
    play(lti)
    play(lti, NOW + ROUND)
    assert {state for state, _ in states()} == {"confirmed"}


def test_pages_may_be_named_from_where_they_are_and_none_leads_back(world, lti, fake, item):
    fake.scores = {(7, f"s{n}"): {"scoreGiven": n} for n in range(3)}
    fake.per_page = 1
    address = f"{fake.address}/items/7/lineitem/results?type=x"

    def meddle(request):
        answer = fake.reply(request)
        answer.headers["Link"] = answer.headers.get("Link", "").replace(address, "?type=x")
        return answer

    fake.meddle = meddle
    with LtiLms(lti, wait=lambda seconds: None) as lms:
        assert set(lms.read(item.line_item)) == {"s0", "s1", "s2"}
        first = f'<{item.line_item.replace("?", "/results?")}&limit=200>; rel="next"'
        fake.meddle = lambda request: Response("[]", headers={"Link": first}) if "results" in request.path else None
        with pytest.raises(TemporaryFailure, match="leads back to a page"):
            lms.read(item.line_item)


@pytest.mark.medium
def test_a_student_without_a_subject_is_found_among_the_members_or_parked(world, lti, fake, item):
    Enrollment.objects.filter(pk=world.student.pk).update(lti_subject="")
    fake.knows(SUBJECT, email="MIRA-okafor@example.edu")
    graded(make_attempt(make_enrollment(world.course, "jon"), world.assignment))
    play(lti)
    rows = {each.student.name: each for each in GradeDelivery.objects.all()}
    assert (rows["Mira Okafor"].state, rows["Jon"].state) == ("sent", "parked")
    assert rows["Jon"].words.startswith("The learning platform has no student with this e-mail address")
    world.student.refresh_from_db()
    assert world.student.lti_subject == ""  # an address is no proof


@pytest.mark.parametrize(
    ("line_item", "scores"),
    [
        ("https://lms/li/7?type=x", "https://lms/li/7/scores?type=x"),
        ("https://lms/li/7", "https://lms/li/7/scores"),
        ("https://lms/li/7/?a=1&B=2", "https://lms/li/7/scores?a=1&B=2"),
    ],
)
def test_scores_go_to_the_end_of_the_path(line_item, scores):
    assert below(line_item, "scores") == scores
