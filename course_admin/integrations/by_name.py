"""First pushes whose announcement got lost, where no App of ours lists repositories: hosts are asked for the names that patterns
and rosters make, with the token that fetches code there.

Source: GitHub's REST description, "Get a repository"; Gitea's API, `GET /repos/{owner}/{repo}`; GitLab "Projects API".
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings

from course_admin.integrations import payload as read
from course_admin.integrations.deliveries import BadPayload
from course_admin.integrations.github.app.answers import GitHubProblem, Rejected, parsed, problem_of
from course_admin.integrations.github.app.client import HEADERS
from course_admin.integrations.github.models import Installation
from course_admin.integrations.safe_http import NotAllowed, Outgoing, Unreachable, origin_of
from course_admin.integrations.times import moment_of
from course_admin.submissions.intake.ownership.expected import expected_names
from course_admin.submissions.intake.ownership.repositories import bind_found
from course_admin.submissions.models import Forge, Repository

log = logging.getLogger(__name__)

AT_ONCE = 200  # of one host: the others have their turn an hour later
STARTED = timedelta(minutes=1)  # after it was made: what was pushed by then are the files that it was made with
TURN_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class _Host:
    """How one kind of host is asked: the path of a repository, and what its answer calls things.

    `pushed`: when somebody pushed to it last, or, where that is not said, did anything there.
    """

    path: str
    name: str
    pushed: str
    has_time: bool
    holds_nothing: str = ""

    def path_of(self, full_name: str) -> str:
        """Return a repository's path in the host's API."""
        return self.path.format(name=quote(full_name), project=quote(full_name, safe=""))


HOSTS: dict[str, _Host] = {
    Forge.GITHUB: _Host("/repos/{name}", "full_name", "pushed_at", has_time=True),
    Forge.GITEA: _Host("/api/v1/repos/{name}", "full_name", "updated_at", has_time=False, holds_nothing="empty"),
    Forge.GITLAB: _Host(
        "/api/v4/projects/{project}",
        "path_with_namespace",
        "last_activity_at",
        has_time=False,
        holds_nothing="empty_repo",
    ),
}


def find_by_names(*, at: datetime) -> list[Repository]:
    """Bind the repositories that are there under names that are expected, and that somebody has pushed to; return those.

    What a host does not answer is left for the next time.
    """
    found: list[Repository] = []
    for forge, host in HOSTS.items():
        url, headers = _access(forge)
        names = _turn(_without_app(forge, expected_names(forge=forge, at=at)), at) if url else []
        try:
            found += _ask_for(names, forge, host, url, headers, at) if names else []
        except (NotAllowed, Unreachable, GitHubProblem) as problem:
            log.warning("%s was not asked for the repositories that are expected: %s", Forge(forge).label, problem)
    return found


def _access(forge: str) -> tuple[str, Mapping[str, str]]:
    """Return a host's API, and what it is asked with; no address where there is no token for it."""
    if forge == Forge.GITHUB:
        token = settings.ASSAY_FETCH_TOKEN
        return (settings.ASSAY_GITHUB_API_URL if token else ""), {**HEADERS, "Authorization": f"Bearer {token}"}
    told = settings.ASSAY_FORGES[forge]
    header = {"PRIVATE-TOKEN": told["token"]} if forge == Forge.GITLAB else {"Authorization": f"token {told['token']}"}
    return (told["url"] if told["token"] else ""), {"User-Agent": "Assay", **header}


def _without_app(forge: str, names: Sequence[str]) -> list[str]:
    """Return the names whose owner has not our App, which lists its repositories."""
    if forge != Forge.GITHUB:
        return list(names)
    listed = {login.lower() for login in Installation.objects.active().values_list("account_login", flat=True)}
    return [each for each in names if each.partition("/")[0].lower() not in listed]


def _turn(names: list[str], at: datetime) -> list[str]:
    """Return so many names as are asked for at once: with each hour the next ones."""
    if len(names) <= AT_ONCE:
        return names
    start = int(at.timestamp()) // TURN_SECONDS * AT_ONCE % len(names)
    return [*names, *names][start : start + AT_ONCE]


def _ask_for(
    names: Sequence[str], forge: str, host: _Host, url: str, headers: Mapping[str, str], at: datetime
) -> list[Repository]:
    private = frozenset({str(urlsplit(url).hostname)}) if settings.ASSAY_CLONE_FROM_PRIVATE_NETWORK else frozenset()
    found: list[Repository] = []
    with Outgoing(origin_of(url), headers=headers, private_hosts=private) as outgoing:
        for name in names:
            answer = outgoing.request("GET", url + host.path_of(name))
            if 300 <= answer.status < 400:  # it has another name by now
                continue
            try:
                if not 200 <= answer.status < 300:
                    raise problem_of(answer, at)
                bound = _bind(parsed(answer), name, forge, host, at)
            except Rejected:  # most often none is there yet
                continue
            except BadPayload as problem:
                log.warning("What is answered of the repository %s cannot be read: %s", name, problem)
                continue
            found += [bound] if bound else []
    return found


def _bind(told: Any, name: str, forge: str, host: _Host, at: datetime) -> Repository | None:
    """Bind one repository, if somebody has pushed to it since it was made."""
    if not isinstance(told, dict) or told.get(host.holds_nothing) is True:
        return None
    full_name = read.matching(told, host.name, read.FULL_NAME, host.name)
    pushed_at, made_at = moment_of(told.get(host.pushed)), moment_of(told.get("created_at"))
    is_untouched = pushed_at is None or pushed_at > at or (made_at is not None and pushed_at <= made_at + STARTED)
    if is_untouched or full_name.casefold() != name.casefold():
        return None
    return bind_found(
        host_id=read.number(told, "id", "id"),
        full_name=full_name,
        default_branch=read.text(told, "default_branch", "default_branch", or_else="main"),
        pushed_at=pushed_at if host.has_time else None,
        at=at,
        forge=forge,
    )
