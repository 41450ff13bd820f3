"""A Canvas that is away or refuses us, a worker that dies, and where the token never goes."""

import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from course_admin import celery
from course_admin.celery import CLOCKS_DIFFER_SECONDS
from course_admin.integrations.canvas.client import problem_of
from course_admin.integrations.canvas.lms import Canvas
from course_admin.integrations.canvas.models import CanvasCourse
from course_admin.integrations.outbox import tasks
from course_admin.integrations.outbox.lms import TemporaryFailure
from course_admin.integrations.outbox.models import GradeDelivery, Link
from course_admin.integrations.outbox.services import send_now
from course_admin.integrations.safe_http import Answer
from course_admin.liveness.models import Sign
from tests.course_admin.integrations.canvas.fake_canvas import COURSE, ROUND, TOKEN, again, play, play_twice, states
from tests.factories import NOW, graded, make_attempt, make_enrollment

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


# --- a Canvas that is away, or a worker that dies ---


@pytest.mark.medium
def test_too_many_requests_wait_for_as_long_as_canvas_asks(link, canvas):
    canvas.once("POST", 429, "slow down", Retry_After="7200")
    play(link)
    link.refresh_from_db()
    assert (link.away_since, link.next_try_at) == (NOW, NOW + 2 * HOUR)
    assert link.words == "Canvas answered 429: slow down"
    delivery = GradeDelivery.objects.get()
    assert (delivery.state, delivery.tries) == ("waiting", 1)
    assert not play(link, NOW + HOUR)
    play(link, NOW + 2 * HOUR)
    link.refresh_from_db()
    assert (link.away_since, states()) == (None, [("sent", "50.00")])


def test_a_fault_of_ours_in_a_round_is_said_on_the_link_as_well_as_in_the_log(link, canvas):
    class Faulty(Canvas):
        def read(self, assignment):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        play(link, kind=Faulty)
    link.refresh_from_db()
    assert (link.away_since, link.next_try_at) == (NOW, NOW + 5 * MINUTE)
    assert link.words.startswith("A fault of ours ended the round (ZeroDivisionError)")
    play(link, NOW + 5 * MINUTE)
    link.refresh_from_db()
    assert (link.away_since, link.words, states()) == (None, "", [("sent", "50.00")])


@pytest.mark.parametrize(
    ("status", "body"), [(403, "403 Forbidden (Rate Limit Exceeded)"), (502, "<html>"), (200, "no JSON"), (200, "{}")]
)
@pytest.mark.slow
@pytest.mark.rows
def test_what_may_pass_pauses_for_longer_each_time_and_for_a_day_at_most(link, canvas, status, body):
    at, pauses = NOW, []
    for _ in range(12):
        canvas.once("GET", status, body)
        play(link, at)
        link.refresh_from_db()
        assert not link.is_paused
        pauses.append(link.next_try_at - at)
        at = link.next_try_at
    assert pauses[:4] == [5 * MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE]
    assert pauses[-1] == DAY
    play(link, at)
    assert states() == [("sent", "50.00")]


@pytest.mark.slow
def test_what_came_of_a_grade_is_asked_for_an_hour_if_canvas_refuses_to_show_it(link, canvas):
    play(link)
    for number in (1, 2):
        canvas.once("GET .*submissions", 403, {"errors": [{"message": "not authorised"}]})
        play(link, NOW + number * ROUND)
        assert states() == [("sent", "50.00")]
    canvas.once("GET .*submissions", 403, {"errors": [{"message": "not authorised"}]})
    play(link, NOW + HOUR)
    failed = GradeDelivery.objects.get()
    assert (failed.state, failed.job) == ("failed", "")
    assert failed.words == "It was sent, and cannot be read back: Canvas answered 403: not authorised"
    again()
    play(link, NOW + HOUR + ROUND)
    assert (len(canvas.posts), states()) == (1, [("confirmed", "50.00")])


@pytest.mark.medium
@pytest.mark.parametrize(
    ("asked", "chance", "pause"),
    [("", 0, 5 * MINUTE), ("", 0.5, 6.25 * MINUTE), ("", 1, 7.5 * MINUTE), ("7200", 0.5, 2.5 * HOUR), ("86400", 1, DAY)],
)  # fmt: skip
def test_courses_of_one_canvas_do_not_all_come_back_at_the_same_second(link, canvas, asked, chance, pause):
    canvas.once("GET", 503, "back soon", **({"Retry_After": asked} if asked else {}))
    play(link, NOW, chance=chance)
    link.refresh_from_db()
    assert link.next_try_at - NOW == pause


def test_a_task_draws_its_own_chance(link, canvas, monkeypatch):
    canvas.once("GET", 503, "back soon")
    monkeypatch.setattr(tasks.random, "random", lambda: 1.0)
    tasks.sync_course(link_id=link.pk)
    link.refresh_from_db()
    assert link.next_try_at - link.away_since == 7.5 * MINUTE


def test_a_server_that_is_down_costs_nothing_but_time(link, canvas, settings):
    settings.ASSAY_CANVAS_TOKENS["localhost:9"] = TOKEN
    CanvasCourse.objects.update(address="http://localhost:9")
    play(link)
    link.refresh_from_db()
    assert (link.is_paused, link.away_since, link.words) == (
        False,
        NOW,
        "http://localhost:9 cannot be reached: ConnectError.",
    )
    assert CanvasCourse.objects.away_since(NOW - HOUR).count() == 0
    assert CanvasCourse.objects.away_since(NOW).count() == 1
    CanvasCourse.objects.update(address=canvas.address)
    assert send_now(links=CanvasCourse.objects.all()) == [link.pk]
    play(link, NOW + MINUTE)
    assert states() == [("sent", "50.00")]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), ("Fri, 02 Oct 2026 12:05:00 GMT", 300), ("Fri, 02 Oct 2026 11:00:00 GMT", 0), ("soon", 0), ("²", 0), ("", 0)],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_or_as_a_date(header, seconds):
    problem = problem_of(Answer(503, {"retry-after": header}, b""), NOW)
    assert isinstance(problem, TemporaryFailure)
    assert problem.seconds == seconds


class Killed(BaseException):
    """The worker's process ended here."""


class DiesAfterWriting(Canvas):
    def write(self, assignment, entries):
        super().write(assignment, entries)
        raise Killed


@pytest.mark.medium
def test_a_worker_that_dies_between_sending_and_noting_sends_nothing_twice(link, canvas):
    with pytest.raises(Killed):
        play(link, NOW, DiesAfterWriting)
    Link.objects.update(claim="of the dead worker", claimed_until=NOW + 10 * MINUTE)
    assert states() == [("waiting", "50.00")]
    assert not play(link, NOW + 5 * MINUTE)
    canvas.store(1)
    play(link, NOW + ROUND)
    assert (len(canvas.posts), len(canvas.comments), states()) == (1, 1, [("confirmed", "50.00")])


class LosesItsClaim(Canvas):
    def find(self, students):
        Link.objects.update(claim="of another worker", claimed_until=NOW + DAY)
        return super().find(students)


def test_a_worker_that_was_silent_for_too_long_writes_nothing(world, link, canvas):
    graded(make_attempt(make_enrollment(world.course, "jon"), world.assignment))  # whom Canvas does not know
    play(link, NOW, LosesItsClaim)
    assert (canvas.posts, states()) == ([], [("waiting", "50.00")] * 2)
    assert Link.objects.get().claim == "of another worker"


@pytest.mark.medium
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_grade_once(link, canvas):
    start, played = threading.Barrier(4), []

    def work() -> None:
        try:
            start.wait(10)
            played.append(play(link))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    play(link, NOW + ROUND)
    assert len(played) == 4
    assert (len(canvas.posts), len(canvas.comments), states()) == (1, 1, [("confirmed", "50.00")])


# --- tokens and addresses ---


@pytest.mark.medium
@pytest.mark.parametrize(
    ("headers", "said"),
    [({"WWW_Authenticate": 'Bearer realm="canvas-lms"'}, "no longer takes our token"), ({}, "no right to grade")],
)
def test_a_token_that_is_refused_pauses_the_course_until_somebody_mends_it(link, canvas, headers, said):
    canvas.once("GET", 401, {"errors": [{"message": "Invalid access token."}]}, **headers)
    play(link)
    link.refresh_from_db()
    assert link.is_paused
    assert said in link.paused_reason
    assert states() == [("waiting", "50.00")]
    canvas.asked.clear()
    assert not play(link, NOW + DAY)
    assert (canvas.asked, send_now(links=CanvasCourse.objects.all())) == ([], [])
    CanvasCourse.objects.update(is_paused=False)
    play(link, NOW + DAY)
    assert states() == [("sent", "50.00")]


def test_without_a_token_for_its_host_a_course_is_paused_with_the_name_of_the_setting(link, canvas, settings):
    settings.ASSAY_CANVAS_TOKENS = {}
    play(link)
    assert "ASSAY_CANVAS_TOKENS holds no token for localhost" in Link.objects.get().paused_reason
    assert canvas.asked == []


def test_a_redirect_is_not_followed(link, canvas):
    canvas.once("users", 302, "", Location=f"{canvas.address}/elsewhere")
    play(link)
    assert [each.path for each in canvas.asked] == [f"/api/v1/courses/{COURSE}/users"]
    assert "sends us elsewhere" in Link.objects.get().paused_reason


def test_a_link_to_the_next_page_elsewhere_gets_no_token(link, canvas):
    elsewhere = canvas.address.replace("localhost", "127.0.0.1")
    canvas.once("users", 200, [{"id": 5}], Link=f'<{elsewhere}/next/p2>; rel="next"')
    play(link)
    assert len(canvas.asked) == 1
    assert "not below" in Link.objects.get().paused_reason


def test_a_private_address_is_refused_unless_the_operator_named_its_host(link, canvas, settings):
    settings.ASSAY_CANVAS_PRIVATE_HOSTS = []
    play(link)
    assert canvas.asked == []
    assert "leads into a private network" in Link.objects.get().paused_reason


@pytest.mark.slow
def test_the_token_is_in_no_row_no_log_and_no_task(
    link, canvas, sent, caplog, capsys, django_capture_on_commit_callbacks
):
    caplog.set_level("DEBUG")
    canvas.once("POST", 500, "no")
    with django_capture_on_commit_callbacks(execute=True):
        tasks.sync()
    tasks.sync_course(**sent[0].kwargs)
    Link.objects.update(next_try_at=None)
    play_twice(link)
    call_command("dumpdata")
    assert canvas.posts
    assert TOKEN not in caplog.text + capsys.readouterr().out + repr(sent)


# --- the clock ---


def test_the_clock_sends_a_task_for_each_course_that_is_not_paused(
    link, sent, settings, django_capture_on_commit_callbacks
):
    settings.ASSAY_LMS_SYNC_SECONDS = 600
    for paused in (False, True):
        CanvasCourse.objects.update(is_paused=paused, paused_reason="over")
        with django_capture_on_commit_callbacks(execute=True):
            tasks.sync()
        Sign.objects.all().delete()  # the next turn has come
    assert [(each.task, each.kwargs) for each in sent] == [(tasks.SYNC_COURSE, {"link_id": link.pk})]
    assert sent[0].expires == 600 + CLOCKS_DIFFER_SECONDS


@pytest.mark.parametrize(("seconds", "is_there"), [(900, True), (0, False)])
def test_zero_seconds_turn_it_off(settings, seconds, is_there):
    settings.ASSAY_LMS_SYNC_SECONDS = seconds
    tasks_of_the_clock = {entry["task"] for entry in celery._configure()["beat_schedule"].values()}
    assert ("course_admin.integrations.outbox.tasks.sync" in tasks_of_the_clock) == is_there
