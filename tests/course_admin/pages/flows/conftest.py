"""The stage of the flows: one installation for each of them, with the suite `tiny`."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from course_admin.assignments.suites.versions import register_suite
from course_admin.courses.models import Course
from grader.transport.broker import folder_url
from tests.course_admin.pages.flows.stage import SUITE, Stage, stage_on
from tests.course_admin.test_pipeline import pipeline  # noqa: F401 - a fixture
from tests.factories import make_course


@pytest.fixture
def broker_url(tmp_path: Any) -> str:
    """Return a broker that needs no server."""
    return folder_url(tmp_path / "broker")


@pytest.fixture
def stage(pipeline: Any, live_server: Any, monkeypatch: Any) -> Iterator[Stage]:  # noqa: F811
    """Return an installation whose suite may be used."""
    for name, text in SUITE.items():
        (pipeline.folder / "suites" / "tiny" / name).write_text(text)
    register_suite(name="tiny", at=timezone.now(), trusted="the suite of the flows")
    with stage_on(pipeline, live_server.url, monkeypatch) as found:
        yield found
        assert found.refused == []


@pytest.fixture
def course(stage: Stage) -> Course:
    """Return an empty course."""
    return make_course("ml-2026", title="Machine Learning Systems", time_zone="Europe/Berlin")
