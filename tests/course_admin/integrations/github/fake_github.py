"""A GitHub of our own behind a real HTTP server, as strict as its documentation about who asks, until when, and what for.

JWTs are verified (signature, issuer, both times), tokens end and have rights and repositories, bodies must fit GitHub's own
schemas (422), faults and limits can be switched on. It also runs by itself: everything it knows is in its fields.
"""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.course_admin.integrations.github.published.schema import REQUESTS, problems

APP_ID, CLIENT_ID = 4210, "Iv23liAssayTests0001"
INSTALLATION = 61200345
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
EVERYTHING = {
    "metadata": "read",
    "contents": "write",
    "checks": "write",
    "statuses": "write",
    "administration": "write",
}
ORDER = ("read", "write", "admin")


@dataclass
class Token:
    """An installation token that was given out."""

    installation: int
    permissions: dict[str, str]
    repositories: list[int] | None
    ends_at: datetime


@dataclass
class FakeGitHub:
    """One App, its installations by their numbers, repositories by their full names, and what it was asked."""

    server: HTTPServer
    now: Callable[[], datetime]
    owners: dict[int, str] = field(default_factory=lambda: {INSTALLATION: "tinytorch-class"})
    permissions: dict[str, str] = field(default_factory=lambda: dict(EVERYTHING))
    repositories: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    check_runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    users: dict[int, str] = field(default_factory=dict)  # logins by their numbers
    created: list[datetime] = field(default_factory=list)  # when something was made
    statuses: list[dict[str, Any]] = field(default_factory=list)
    deliveries: list[dict[str, Any]] = field(default_factory=list)  # the App's log, oldest first
    asked_again: list[int] = field(default_factory=list)  # of the log, what shall be delivered again
    asked: list[str] = field(default_factory=list)  # method and path
    faults: list[tuple[str, Callable[[], Response], bool]] = field(default_factory=list)
    routes: list[tuple[str, str, Callable[..., Response]]] = field(default_factory=lambda: list(ROUTES))

    def __post_init__(self) -> None:
        """Answer everything below the server's address."""
        self.server.expect_request(re.compile("/.*")).respond_with_handler(self.answer)

    @property
    def address(self) -> str:
        """Its origin."""
        return self.server.url_for("").rstrip("/")

    def has(self, full_name: str, number: int, **fields: Any) -> None:
        """Make a repository."""
        self.repositories[full_name.lower()] = {"id": number, "full_name": full_name, "private": True, **fields}

    def once(self, pattern: str, status: int, body: Any = "", *, after: bool = False, **headers: str) -> None:
        """Answer the next request whose method and path match with this; after: once it was done all the same."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        text = body if isinstance(body, str) else json.dumps(body)
        self.faults.append((pattern, lambda: Response(text, status, named), after))

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        line = f"{request.method} {request.full_path.rstrip('?')}"
        self.asked.append(line)
        for place, (pattern, fault, after) in enumerate(self.faults):
            if re.search(pattern, line):
                del self.faults[place]
                if after:
                    self._route(request)
                return fault()
        return self._route(request)

    def _route(self, request: Request) -> Response:
        assert request.headers["Accept"] == "application/vnd.github+json"
        assert request.headers["X-GitHub-Api-Version"] == "2026-03-10"
        assert request.headers["User-Agent"]
        for pattern, schema, handler in self.routes:
            found = re.fullmatch(pattern, f"{request.method} {request.path}")
            if found is None:
                continue
            body = request.get_json(silent=True)
            wrong = problems(body, REQUESTS[schema]) if schema and body is not None else []
            if wrong:
                return said(422, f"Invalid request. {'; '.join(wrong)}")
            return handler(self, request, body or {}, *found.groups())
        return said(404, "Not Found")

    def is_app(self, request: Request) -> bool:
        """Say whether a request is the App's own: a JWT as the documentation demands it."""
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            claims = jwt.decode(
                given,
                KEY.public_key(),
                algorithms=["RS256"],
                issuer=[CLIENT_ID, str(APP_ID)],
                options={"require": ["iat", "exp", "iss"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.PyJWTError:
            return False
        at = self.now().timestamp()
        return claims["iat"] <= at < claims["exp"] <= at + 600

    def may(self, request: Request, permission: str, level: str, repository: int | None = None) -> Response | None:
        """Return the refusal of a request whose token does not do; None if it does."""
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = self.tokens.get(given)
        if token is None or token.ends_at <= self.now():
            return said(401, "Bad credentials")
        if ORDER.index(token.permissions.get(permission, "read")) < ORDER.index(level) or permission not in (
            *token.permissions,
            "metadata",
        ):
            return said(403, "Resource not accessible by integration")
        if repository is not None and token.repositories is not None and repository not in token.repositories:
            return said(404, "Not Found")
        return None


def said(status: int, message: str) -> Response:
    return Response(json.dumps({"message": message}), status, content_type="application/json")


def given(status: int, body: Any) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")


def _give_token(hub: FakeGitHub, request: Request, body: dict[str, Any], number: str) -> Response:
    if not hub.is_app(request):
        return said(401, "A JSON web token could not be decoded")
    if int(number) not in hub.owners:
        return said(404, "Not Found")
    wanted = body.get("permissions", hub.permissions)
    for name, level in wanted.items():
        if name not in hub.permissions or ORDER.index(level) > ORDER.index(hub.permissions[name]):
            return said(422, "The permissions requested are not granted to this installation.")
    known = {each["id"] for each in hub.repositories.values()}
    repositories = body.get("repository_ids")
    if repositories is not None and not set(repositories) <= known:
        return said(422, "There is at least one repository that does not exist or is not accessible.")
    token = f"ghs_{APP_ID}_{secrets.token_urlsafe(24)}"
    hub.tokens[token] = Token(int(number), wanted, repositories, hub.now() + timedelta(hours=1))
    ends = hub.tokens[token].ends_at.astimezone(UTC)
    return given(201, {"token": token, "expires_at": f"{ends:%Y-%m-%dT%H:%M:%SZ}", "permissions": wanted})


def _installation(hub: FakeGitHub, request: Request, _body: dict[str, Any], owner: str, _name: str) -> Response:
    if not hub.is_app(request):
        return said(401, "A JSON web token could not be decoded")
    for number, login in hub.owners.items():
        if login.lower() == owner.lower():
            return given(200, told_installation(number, login, hub.permissions))
    return said(404, "Not Found")


def told_installation(number: int, login: str, permissions: dict[str, str], **fields: Any) -> dict[str, Any]:
    """Return an installation as GitHub tells of it."""
    account = {"id": 31415926, "login": login, "type": "Organization"}
    times = {"updated_at": "2026-09-01T10:00:00Z", "suspended_at": None}
    return {"id": number, "account": account, "permissions": permissions, "app_id": APP_ID, **times, **fields}


def _create_check_run(hub: FakeGitHub, request: Request, body: dict[str, Any], owner: str, name: str) -> Response:
    repository = hub.repositories.get(f"{owner}/{name}".lower())
    number = repository["id"] if repository else None
    if refusal := hub.may(request, "checks", "write", number):
        return refusal
    if repository is None:
        return said(404, "Not Found")
    if body["head_sha"] not in repository.get("commits", [body["head_sha"]]):
        return said(422, f"No commit found for SHA: {body['head_sha']}")
    key = 9_000_000_000 + len(hub.check_runs)
    hub.check_runs[key] = {"id": key, "repository": repository["full_name"], "status": "queued", "annotations": []}
    return given(201, _apply(hub.check_runs[key], body))


def _apply(run: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """Change a check run as GitHub does: annotations are added, and a conclusion completes it."""
    output = dict(body.get("output", {}))
    run["annotations"] += output.pop("annotations", [])
    run |= {**body, "output": {**run.get("output", {}), **output}}
    if "conclusion" in body:
        run["status"] = "completed"
    return run


def _change_check_run(
    hub: FakeGitHub, request: Request, body: dict[str, Any], owner: str, name: str, key: str
) -> Response:
    repository = hub.repositories[f"{owner}/{name}".lower()]
    if refusal := hub.may(request, "checks", "write", repository["id"]):
        return refusal
    run = hub.check_runs.get(int(key))
    return given(200, _apply(run, body)) if run else said(404, "Not Found")


def _get_check_run(hub: FakeGitHub, request: Request, _body: object, owner: str, name: str, key: str) -> Response:
    if refusal := hub.may(request, "checks", "read", hub.repositories[f"{owner}/{name}".lower()]["id"]):
        return refusal
    run = hub.check_runs.get(int(key))
    return given(200, run) if run else said(404, "Not Found")


def _list_check_runs(hub: FakeGitHub, request: Request, _body: object, owner: str, name: str, sha: str) -> Response:
    if refusal := hub.may(request, "checks", "read", hub.repositories[f"{owner}/{name}".lower()]["id"]):
        return refusal
    wanted = request.args.get("check_name")
    found = [each for each in hub.check_runs.values() if (each["head_sha"], each["name"]) == (sha, wanted)]
    if request.args.get("filter") != "all":
        found = found[-1:]
    return given(200, {"total_count": len(found), "check_runs": found})


def _create_status(
    hub: FakeGitHub, request: Request, body: dict[str, Any], owner: str, name: str, sha: str
) -> Response:
    if refusal := hub.may(request, "statuses", "write", hub.repositories[f"{owner}/{name}".lower()]["id"]):
        return refusal
    if len(body.get("description", "")) > 140:
        return said(422, "description is too long (maximum is 140 characters)")
    hub.statuses.append({"sha": sha, **body})
    return given(201, {"id": len(hub.statuses)})


def _repository(hub: FakeGitHub, request: Request, _body: object, owner: str, name: str) -> Response:
    found = hub.repositories.get(f"{owner}/{name}".lower())
    if refusal := hub.may(request, "metadata", "read", found["id"] if found else None):
        return refusal
    return given(200, found) if found else said(404, "Not Found")


def _branch(hub: FakeGitHub, request: Request, _body: object, owner: str, name: str, branch: str) -> Response:
    there = hub.repositories.get(f"{owner}/{name}".lower())
    if refusal := hub.may(request, "contents", "read", there["id"] if there else None):
        return refusal
    if there is None or branch != there.get("default_branch", "main"):
        return said(404, "Branch not found")
    return given(200, {"name": branch, "commit": {"sha": f"{there['id']:040x}"}})


def _change_repository(hub: FakeGitHub, request: Request, body: dict[str, Any], owner: str, name: str) -> Response:
    there = hub.repositories.get(f"{owner}/{name}".lower())
    if refusal := hub.may(request, "administration", "write", there["id"] if there else None):
        return refusal
    if there is None:
        return said(404, "Not Found")
    there |= body
    return is_too_much(hub) or given(200, there)


def is_too_much(hub: FakeGitHub) -> Response | None:
    """Return the refusal of what makes something, beyond 80 of them a minute or 500 an hour."""
    at = hub.now()
    hub.created = [moment for moment in hub.created if moment > at - timedelta(hours=1)]
    if len(hub.created) >= 500 or sum(moment > at - timedelta(minutes=1) for moment in hub.created) >= 80:
        return said(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.")
    hub.created.append(at)
    return None


def _generate(hub: FakeGitHub, request: Request, body: dict[str, Any], owner: str, name: str) -> Response:
    template = hub.repositories.get(f"{owner}/{name}".lower())
    if refusal := hub.may(request, "administration", "write") or hub.may(request, "contents", "read"):
        return refusal
    if template is None or not template.get("is_template"):
        return said(404, "Not Found")
    made = f"{body['owner']}/{body['name']}"
    if made.lower() in hub.repositories:
        return said(422, "Could not clone: Name already exists on this account")
    if refusal := is_too_much(hub):
        return refusal
    hub.has(made, 1_000 + len(hub.repositories), private=body["private"], default_branch="main")
    return given(201, hub.repositories[made.lower()])


def _share(hub: FakeGitHub, request: Request, body: dict[str, Any], owner: str, name: str, login: str) -> Response:
    there = hub.repositories.get(f"{owner}/{name}".lower())
    if refusal := hub.may(request, "administration", "write", there["id"] if there else None):
        return refusal
    if there is None or login not in hub.users.values():
        return said(404, "Not Found")
    if refusal := is_too_much(hub):
        return refusal
    is_new = login not in there.setdefault("collaborators", {})
    there["collaborators"][login] = body["permission"]
    return given(201, {"id": 1}) if is_new else Response(status=204)


def _unshare(hub: FakeGitHub, request: Request, _body: object, owner: str, name: str, login: str) -> Response:
    there = hub.repositories.get(f"{owner}/{name}".lower())
    if refusal := hub.may(request, "administration", "write", there["id"] if there else None):
        return refusal
    if there is None or login not in hub.users.values():
        return said(404, "Not Found")
    there.setdefault("collaborators", {}).pop(login, None)
    return Response(status=204)


def _user(hub: FakeGitHub, request: Request, _body: object, number: str) -> Response:
    login = hub.users.get(int(number))
    return given(200, {"id": int(number), "login": login}) if login else said(404, "Not Found")


def _paged(hub: FakeGitHub, request: Request, rows: list[dict[str, Any]], wrapped: str = "") -> Response:
    """Answer one page of a list, with the address of the next one."""
    size, start = int(request.args.get("per_page", 30)), int(request.args.get("cursor", 0))
    page = rows[start : start + size]
    answer = given(200, {"total_count": len(rows), wrapped: page} if wrapped else page)
    if len(rows) > start + size:
        following = f"{hub.address}{request.path}?per_page={size}&cursor={start + size}"
        answer.headers["Link"] = f'<{following}>; rel="next"'
    return answer


def _deliveries(hub: FakeGitHub, request: Request, _body: object) -> Response:
    if not hub.is_app(request):
        return said(401, "A JSON web token could not be decoded")
    return _paged(hub, request, hub.deliveries[::-1])


def _deliver_again(hub: FakeGitHub, request: Request, _body: object, key: str) -> Response:
    if not hub.is_app(request):
        return said(401, "A JSON web token could not be decoded")
    if int(key) not in {each["id"] for each in hub.deliveries}:
        return said(404, "Not Found")
    hub.asked_again.append(int(key))
    return given(202, {})


def _reached(hub: FakeGitHub, request: Request, _body: object) -> Response:
    return hub.may(request, "metadata", "read") or _paged(hub, request, list(hub.repositories.values()), "repositories")


Handler = Callable[..., Response]
NAME = r"([\w.-]+)/([\w.-]+)"
#: Method and path, the schema of its body, who answers.
ROUTES: list[tuple[str, str, Handler]] = [
    (
        r"POST /app/installations/(\d+)/access_tokens",
        "post /app/installations/{installation_id}/access_tokens",
        _give_token,
    ),
    (r"GET /app/hook/deliveries", "", _deliveries),
    (r"POST /app/hook/deliveries/(\d+)/attempts", "", _deliver_again),
    (r"GET /installation/repositories", "", _reached),
    (rf"GET /repos/{NAME}/installation", "", _installation),
    (rf"GET /repos/{NAME}", "", _repository),
    (rf"GET /repos/{NAME}/branches/([\w.%-]+)", "", _branch),
    (rf"PATCH /repos/{NAME}", "patch /repos/{owner}/{repo}", _change_repository),
    (r"GET /user/(\d+)", "", _user),
    (rf"POST /repos/{NAME}/generate", "post /repos/{template_owner}/{template_repo}/generate", _generate),
    (
        rf"PUT /repos/{NAME}/collaborators/([\w-]+)",
        "put /repos/{owner}/{repo}/collaborators/{username}",
        _share,
    ),
    (rf"DELETE /repos/{NAME}/collaborators/([\w-]+)", "", _unshare),
    (rf"POST /repos/{NAME}/check-runs", "post /repos/{owner}/{repo}/check-runs", _create_check_run),
    (
        rf"PATCH /repos/{NAME}/check-runs/(\d+)",
        "patch /repos/{owner}/{repo}/check-runs/{check_run_id}",
        _change_check_run,
    ),
    (rf"GET /repos/{NAME}/check-runs/(\d+)", "", _get_check_run),
    (rf"GET /repos/{NAME}/commits/(\w+)/check-runs", "", _list_check_runs),
    (rf"POST /repos/{NAME}/statuses/(\w+)", "post /repos/{owner}/{repo}/statuses/{sha}", _create_status),
]
