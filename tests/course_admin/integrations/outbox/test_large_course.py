"""2,000 grades through servers that fail, to Canvas and by LTI: every grade ends right, each sent as few times as can be.

One twentieth of all requests fails: errors of the server, limits of rates, dropped connections, before or after the request
was done. A worker that is killed in the middle, with its claim still standing, changes nothing of that.
"""

import json
import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from werkzeug import Request, Response

from course_admin.integrations.canvas.client import CanvasClient
from course_admin.integrations.canvas.lms import Canvas
from course_admin.integrations.canvas.models import CanvasCourse
from course_admin.integrations.lti.advantage.client import PlatformClient
from course_admin.integrations.lti.advantage.lms import LtiLms
from course_admin.integrations.lti.models import LtiCourse
from course_admin.integrations.outbox.delivery import deliver
from course_admin.integrations.outbox.delivery.claim import Claim
from course_admin.integrations.outbox.models import DeliveryState, GradeDelivery, Link
from tests.course_admin.integrations.canvas.fake_canvas import ROUND, FakeCanvas
from tests.course_admin.integrations.faults import Faults, counted, fill_course
from tests.course_admin.integrations.lti.fake_platform import FakePlatform
from tests.factories import NOW

STUDENTS = 2000
MOST_ROUNDS = 300


class Killed(BaseException):
    """A worker that dies."""


class Ticking:
    """A clock that goes on by a little with each look."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


@pytest.fixture(autouse=True)
def _quiet() -> None:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)


def play_to_the_end(play: Callable[[Ticking], bool], link: Link) -> int:
    """Play rounds, each when it is due, until every grade is confirmed; return how many it took."""
    clock = Ticking(NOW)
    for rounds in range(1, MOST_ROUNDS):
        play(clock)
        link = Link.objects.get(pk=link.pk)
        assert not link.is_paused, link.paused_reason
        confirmed = GradeDelivery.objects.filter(link=link, state=DeliveryState.CONFIRMED)
        if confirmed.count() == STUDENTS:
            return rounds
        clock.at = max(link.next_try_at or clock.at, clock.at + ROUND)
    states = counted(GradeDelivery.objects.filter(link=link).values_list("state", flat=True))
    raise AssertionError(f"not at its end after {MOST_ROUNDS} rounds: {states}, {link.words}")


def die_at(kind: type, name: str, nth: int) -> Callable[[], None]:
    """Have a worker die right after the nth request of a kind, with its claim standing; return what ends that."""
    original, calls = getattr(kind, name), []

    def dies(self, *args, **kwargs):
        answer = original(self, *args, **kwargs)
        calls.append(1)
        if len(calls) == nth:
            raise Killed
        return answer

    patch = pytest.MonkeyPatch()
    patch.setattr(kind, name, dies)
    patch.setattr(Claim, "release", lambda self, **fields: None)
    return patch.undo


# --- LTI ---


@pytest.fixture
def platform(httpserver, settings, world) -> FakePlatform:
    settings.ASSAY_LTI_PRIVATE_HOSTS = ["localhost", "127.0.0.1"]
    world.student.delete()
    return FakePlatform(httpserver)


def play_lti(link: LtiCourse, clock: Ticking) -> bool:
    link = LtiCourse.objects.select_related("course", "platform").get(pk=link.pk)
    with LtiLms(link, now=clock, wait=lambda seconds: None) as lms:
        return deliver.sync(link=link, lms=lms, now=clock, chance=lambda: 0)


@pytest.mark.slow
@pytest.mark.parametrize("is_killed", [False, True], ids=["whole", "killed"])
def test_every_score_of_a_large_course_arrives_by_lti(platform, world, is_killed):
    link = platform.link(world, platform.register())
    platform.grade(link, world.assignment)
    wanted = fill_course(world.course, world.assignment, STUDENTS)
    faults = Faults(random.Random(4117))
    platform.meddle = lambda request: faults.answer(request, platform.reply)
    if is_killed:
        revive = die_at(PlatformClient, "post_once", 700)
        with pytest.raises(Killed):
            play_lti(link, Ticking(NOW - ROUND))
        revive()
    rounds = play_to_the_end(lambda clock: play_lti(link, clock), link)
    assert {subject: score["scoreGiven"] for (_, subject), score in platform.scores.items()} == wanted
    sent = counted(whose(each) for each in platform.asked if each.path.endswith("/scores"))
    lost = counted(whose(each) for each in faults.undone if each.path.endswith("/scores"))
    assert sent == {subject: 1 + lost.get(subject, 0) for subject in wanted}
    assert len(faults.done) > 50
    assert rounds < 5


def whose(request) -> str:
    """Return whose score a request holds."""
    return json.loads(request.get_data())["userId"]


# --- Canvas ---


class FaultyCanvas(FakeCanvas):
    """A Canvas whose every request may fail; grades that it took are stored whether we heard of it or not."""

    chance = Faults(random.Random(4117))

    def answer(self, request: Request) -> Response:
        return self.chance.answer(request, self._do)

    def _do(self, request: Request) -> Response:
        answer = super().answer(request)
        if request.method == "POST":
            self.store(json.loads(answer.get_data())["id"])
        return answer


@pytest.fixture
def canvas_link(httpserver, settings, world) -> tuple[CanvasCourse, FaultyCanvas]:
    fake = FaultyCanvas(httpserver)
    fake.chance = Faults(random.Random(4117))
    fake.let_in(settings)
    world.student.delete()
    return fake.linked(world.assignment), fake


def play_canvas(link: CanvasCourse, clock: Ticking) -> bool:
    link = CanvasCourse.objects.select_related("course").get(pk=link.pk)
    with Canvas(link) as lms:
        return deliver.sync(link=link, lms=lms, now=clock, chance=lambda: 0)


def play_until_killed(link: CanvasCourse, clock: Ticking) -> None:
    """Play rounds that leave their claims standing, each long after the one before."""
    for _ in range(MOST_ROUNDS):
        play_canvas(link, clock)
        Link.objects.update(claim="", claimed_until=None)
        clock.at += timedelta(days=1)


@pytest.mark.slow
@pytest.mark.parametrize("is_killed", [False, True], ids=["whole", "killed"])
def test_every_grade_of_a_large_course_arrives_in_canvas(canvas_link, world, is_killed):
    link, fake = canvas_link
    wanted = fill_course(world.course, world.assignment, STUDENTS)
    for number in range(STUDENTS):
        fake.knows(1000 + number, email=f"s{number}@example.edu")
    if is_killed:
        revive = die_at(CanvasClient, "update_grades", 2)
        clock = Ticking(NOW - timedelta(days=30))
        with pytest.raises(Killed):
            play_until_killed(link, clock)
        revive()
        Link.objects.update(away_since=None, next_try_at=None)
    play_to_the_end(lambda clock: play_canvas(link, clock), link)
    points = {int(subject.removeprefix("subject-")) + 1000: score for subject, score in wanted.items()}
    assert {number: score for (_, number), score in fake.scores.items()} == points
    sent = counted(number for each in fake.posts for number in each)
    assert sent == {str(number): 1 for number in points}  # what failed undone was never taken in by the fake
    assert len(fake.chance.undone) + len(fake.chance.done) > 2
