"""Fixtures of GitHub's tests: our App, and a GitHub that knows it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from pytest_httpserver import HTTPServer

from course_admin.integrations.github.app.client import forget_tokens
from tests.course_admin.integrations.github.fake_github import CLIENT_ID, PEM, FakeGitHub


@pytest.fixture
def app(settings: Any) -> None:
    """Configure our App, and no other credential."""
    settings.ASSAY_GITHUB_APP_ID, settings.ASSAY_GITHUB_APP_KEY = CLIENT_ID, PEM
    settings.ASSAY_SITE_URL = "https://grade.example.edu"
    settings.ASSAY_FETCH_TOKEN = ""


@pytest.fixture
def hub(app: None, httpserver: HTTPServer, settings: Any) -> Iterator[FakeGitHub]:
    """Return a GitHub that knows our App, by the real clock."""
    fake = FakeGitHub(httpserver, timezone.now)
    settings.ASSAY_GITHUB_API_URL = fake.address
    settings.ASSAY_CLONE_FROM_PRIVATE_NETWORK = True
    forget_tokens()
    yield fake
    forget_tokens()
    httpserver.check()
