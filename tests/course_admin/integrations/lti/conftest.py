"""Fixtures of LTI's tests: a platform that is registered, and a course that is linked to its course."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from course_admin.integrations.lti.models import LtiCourse, Platform
from tests.course_admin.conftest import World
from tests.course_admin.integrations.lti.fake_platform import FakePlatform


@pytest.fixture
def fake(httpserver: HTTPServer, settings: Any) -> Iterator[FakePlatform]:
    """Return a platform."""
    settings.ASSAY_LTI_PRIVATE_HOSTS = ["localhost", "127.0.0.1"]
    yield FakePlatform(httpserver)
    httpserver.check()


@pytest.fixture
def platform(fake: FakePlatform, db: None) -> Platform:
    """Return the platform as it is registered here."""
    return fake.register()


@pytest.fixture
def lti(world: World, fake: FakePlatform, platform: Platform) -> LtiCourse:
    """Return the link of the course here to the platform's."""
    return fake.link(world, platform)
