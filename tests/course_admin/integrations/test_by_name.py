"""First pushes that no announcement told of are found by the names that pattern and roster make, with no App of ours."""

import json
import re
from datetime import timedelta

import pytest
from werkzeug import Request, Response

from course_admin.integrations import by_name
from course_admin.integrations.by_name import find_by_names
from course_admin.submissions.intake.polling import look, take_seen
from course_admin.submissions.models import Forge, Push, Repository
from tests.factories import COMMIT, NOW, OWNER, make_assignment, make_enrollment

MINUTE = timedelta(minutes=1)
MADE, PUSHED = NOW - timedelta(days=1), NOW - 20 * MINUTE
NAME = f"{OWNER}/m01-mira-okafor"
PATHS = {
    Forge.GITHUB: (f"/repos/{NAME}", "full_name", "pushed_at", "Bearer a-token"),
    Forge.GITEA: (f"/api/v1/repos/{NAME}", "full_name", "updated_at", "token a-token"),
    Forge.GITLAB: (f"/api/v4/projects/{NAME.replace('/', '%2F')}", "path_with_namespace", "last_activity_at", None),
}


@pytest.fixture
def host(world, httpserver, settings):
    """Return what makes one kind of host answer, and what it was asked for."""
    asked: list[str] = []
    settings.ASSAY_FETCH_TOKEN, settings.ASSAY_CLONE_FROM_PRIVATE_NETWORK = "", True

    def host(forge: str, status: int = 200, **told) -> list[str]:
        path, name, pushed, proof = PATHS[forge]
        body = {"id": 41, name: NAME, "default_branch": "main", "created_at": MADE.isoformat()}
        body |= {pushed: told.pop("pushed_at", PUSHED).isoformat(), **told}

        def answer(request: Request) -> Response:
            asked.append(str(request.environ["RAW_URI"]))
            assert proof in (None, request.headers.get("Authorization"))
            return Response(json.dumps(body), status if asked[-1] == path else 404)

        httpserver.expect_request(re.compile("/.*")).respond_with_handler(answer)
        url = httpserver.url_for("").rstrip("/")
        if forge == Forge.GITHUB:
            settings.ASSAY_FETCH_TOKEN, settings.ASSAY_GITHUB_API_URL = "a-token", url
        else:
            settings.ASSAY_FORGES = {**settings.ASSAY_FORGES, forge: {"url": url, "secrets": [], "token": "a-token"}}
        return asked

    return host


@pytest.mark.parametrize("forge", PATHS)
def test_a_repository_that_nobody_announced_is_found_by_its_name_and_then_never_asked_for_again(world, host, forge):
    asked = host(forge)
    make_enrollment(world.course, "jon-weil")
    make_assignment(world.course, "m03", releases_at=NOW + MINUTE)
    (repository,) = find_by_names(at=NOW)
    assert (repository.student, repository.forge, repository.full_name) == (world.student, forge, NAME)
    assert len(asked) == 2
    assert look(repository=repository, ask=lambda *_: {"main": COMMIT}, at=NOW)
    take_seen(at=NOW + MINUTE)
    assert Push.objects.get().received_at == (PUSHED if forge == Forge.GITHUB else NOW)
    assert find_by_names(at=NOW) == []
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("forge", "status", "told"),
    [
        (Forge.GITHUB, 200, {"pushed_at": MADE + MINUTE / 2}),  # nothing but what it was made with
        (Forge.GITHUB, 200, {"full_name": f"{OWNER}/m01-somebody"}),
        (Forge.GITHUB, 200, {"id": "41"}),
        (Forge.GITHUB, 301, {}),
        (Forge.GITHUB, 401, {}),
        (Forge.GITHUB, 429, {}),
        (Forge.GITEA, 200, {"empty": True}),
        (Forge.GITLAB, 200, {"empty_repo": True}),
    ],
)
def test_what_is_not_there_or_not_said_is_bound_to_nobody(host, forge, status, told):
    assert len(host(forge, status, **told)) == 0
    assert find_by_names(at=NOW) == []
    assert not Repository.objects.exists()


def test_without_a_token_nobody_is_asked_and_of_very_many_names_some_each_hour(host, settings, monkeypatch):
    asked = host(Forge.GITHUB)
    settings.ASSAY_FETCH_TOKEN = ""
    assert find_by_names(at=NOW) == []
    assert asked == []
    monkeypatch.setattr(by_name, "AT_ONCE", 2)
    names = [f"a/{number}" for number in range(5)]
    turns = [by_name._turn(names, NOW + timedelta(hours=hour)) for hour in range(3)]
    assert {name for turn in turns for name in turn} == set(names)
