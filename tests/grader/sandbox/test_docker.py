"""Containers and how they end."""

import os
from collections.abc import Iterator
from typing import Any

import docker
import docker.errors
import pytest
import requests

from grader.errors import SandboxUnavailable
from grader.sandbox.base import Box
from grader.sandbox.docker import LABEL, Docker
from grader.sandbox.limits import Limits

pytestmark = [pytest.mark.docker, pytest.mark.slow]


@pytest.fixture
def client() -> Iterator[Any]:
    with docker.APIClient(version="auto") as client:
        yield client


@pytest.fixture
def box() -> Iterator[Box]:
    box = Docker().start("candidate", Limits())
    yield box
    box.close()


def containers(client: Any) -> set[str]:
    """Return those of this process: other tests may run beside it."""
    own = {"label": f"{LABEL}={os.getpid()}"}
    return {container["Id"] for container in client.containers(all=True, filters=own)}


def engine_errors(monkeypatch, *sentences: str) -> None:
    """Have the engine's next removals fail with these sentences, as it words them."""
    waiting = list(sentences)
    remove = docker.APIClient.remove_container

    def answer(self: Any, container: str, **options: Any) -> None:
        if waiting:
            raise docker.errors.APIError(waiting.pop(0), requests.Response())
        remove(self, container, **options)

    monkeypatch.setattr(docker.APIClient, "remove_container", answer)


def test_a_container_that_ends_while_it_is_killed_is_removed_all_the_same(client, monkeypatch) -> None:
    before = containers(client)
    box = Docker().start("candidate", Limits())
    assert len(containers(client) - before) == 1
    engine_errors(monkeypatch, "Could not kill running container 0d3, cannot remove - Container 0d3 is not running")
    box.close()
    assert containers(client) <= before


@pytest.mark.parametrize(
    "sentences", [["device or resource busy"], ["Container 0d3 is not running", "Container 0d3 is not running"]]
)
def test_a_container_that_stays_is_said(box, monkeypatch, sentences) -> None:
    engine_errors(monkeypatch, *sentences)
    with pytest.raises(SandboxUnavailable, match=f"a container could not be removed: .*{sentences[-1]}"):
        box.kill()


def test_a_container_that_is_gone_already_is_no_error(box) -> None:
    box.kill()
    box.kill()
