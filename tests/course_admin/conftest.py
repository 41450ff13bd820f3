"""Fixtures of the service's tests: a course with one assignment and one student, its Canvas, and what was sent to the queues."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from pytest_httpserver import HTTPServer

from course_admin.assignments.models import Assignment
from course_admin.celery import app
from course_admin.courses.models import Course, Enrollment
from course_admin.integrations.canvas.models import CanvasCourse
from course_admin.submissions.intake.announcements import rush
from tests import factories
from tests.course_admin.integrations.canvas.fake_canvas import MIRA, FakeCanvas


@dataclass(frozen=True)
class World:
    """One course, one assignment, one student."""

    course: Course
    assignment: Assignment
    student: Enrollment


@pytest.fixture
def world(db: None) -> World:
    """Return a small course."""
    course = factories.make_course()
    return World(course, factories.make_assignment(course), factories.make_enrollment(course))


@pytest.fixture
def canvas(httpserver: HTTPServer, settings: Any) -> Iterator[FakeCanvas]:
    """Return a Canvas whose course knows Mira by her e-mail address."""
    fake = FakeCanvas(httpserver)
    fake.let_in(settings)
    fake.knows(MIRA, email="Mira-Okafor@example.edu", login_id="mo4412", sis_user_id="U0044120")
    yield fake
    httpserver.check()


@pytest.fixture
def link(world: World, canvas: FakeCanvas) -> CanvasCourse:
    """Return the link of a course whose one assignment is in Canvas and whose one student has 50 of 100."""
    factories.graded(factories.make_attempt(world.student, world.assignment))
    return canvas.linked(world.assignment)


@dataclass(frozen=True)
class Sent:
    """One message that a queue was given."""

    task: str
    kwargs: dict[str, Any]
    expires: float | None


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Sent]:
    """Return the list of what is sent to the queues from now on."""
    messages: list[Sent] = []

    def send_task(name: str, kwargs: dict[str, Any], expires: float | None = None) -> None:
        messages.append(Sent(name, kwargs, expires))

    monkeypatch.setattr(app, "send_task", send_task)
    return messages


@pytest.fixture(autouse=True)
def _no_message_leaves(sent: list[Sent]) -> None:
    """No test reaches a broker unless it starts one."""


@pytest.fixture(autouse=True)
def _no_rush(monkeypatch: pytest.MonkeyPatch) -> None:
    """However fast a test's webhooks come, each is looked at before it is answered."""
    monkeypatch.setattr(rush, "pace", rush.Pace(1_000_000))


@pytest.fixture(autouse=True)
def _forget() -> None:
    """Counters of failed log-ins do not travel between tests."""
    cache.clear()
