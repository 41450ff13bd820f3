"""A Canvas of our own behind a real HTTP server: the seven requests that we make, as strict as the contract of each.

Lists come in pages whose links say nothing but where the next page is; grades are stored by a progress that is asked
about later; what is wrong in a request is an AssertionError, which the server answers with 500 and the test sees.
Below it: how tests play rounds against it.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment
from course_admin.gradebook.models import Override
from course_admin.integrations.canvas.lms import Canvas
from course_admin.integrations.canvas.models import CanvasAssignment, CanvasCourse
from course_admin.integrations.outbox.delivery import deliver
from course_admin.integrations.outbox.models import GradeDelivery
from course_admin.integrations.outbox.services import send_again
from tests.factories import NOW, make_user

TOKEN = "7~t0kEnOfTheCourse"
COURSE, ASSIGNMENT, MIRA = 4210, 991204, 10_000_000_000_048_812  # Mira's number is one that a float cannot hold
API = "/api/v1"
ROUND = timedelta(minutes=15)


@dataclass
class FakeCanvas:
    """One course, COURSE, with its students, its grades by (assignment, student), and what it was asked."""

    server: HTTPServer
    people: list[dict[str, Any]] = field(default_factory=list)
    scores: dict[tuple[int, int], Any] = field(default_factory=dict)
    maxima: dict[int, Any] = field(default_factory=dict)  # points_possible of assignments, 100 of the others
    excused: set[tuple[int, int]] = field(default_factory=set)  # whom an assignment does not count for
    shares: dict[str, Any] = field(default_factory=dict)  # what it says of an assignment for groups
    comments: list[tuple[int, str]] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)  # students whose grades its progress leaves out
    is_slow: bool = False  # its progress is never over
    halves: bool = False  # its own late policy takes half of each grade that was entered
    per_page: int = 100
    token: str = TOKEN
    is_revoked: bool = False  # it takes the token no more
    assignments: list[dict[str, Any]] = field(default_factory=list)
    key: tuple[str, str] | None = None  # its developer key: ID and secret
    codes: dict[str, str] = field(default_factory=dict)  # codes that were not redeemed -> where it sent them
    refresh: str = ""  # what renews the token that it granted
    given_back: list[str] = field(default_factory=list)  # tokens that it was asked to end
    faults: list[tuple[str, Callable[[Request], Response]]] = field(default_factory=list)  # regex of method and path
    _jobs: list[tuple[int, dict[str, dict[str, str]]]] = field(default_factory=list)
    _later: dict[str, list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Answer everything below the server's address."""
        self.server.expect_request(re.compile("/.*")).respond_with_handler(self.answer)

    @property
    def address(self) -> str:
        """Its origin."""
        return self.server.url_for("").rstrip("/")

    @property
    def host(self) -> str:
        """Its host and port."""
        return self.address.partition("//")[2]

    def let_in(self, settings: Any) -> None:
        """Let the service ask it, with the administrator's token."""
        settings.ASSAY_CANVAS_TOKENS = {self.host: TOKEN}
        settings.ASSAY_CANVAS_PRIVATE_HOSTS = ["localhost", "127.0.0.1"]

    def linked(self, assignment: Assignment) -> CanvasCourse:
        """Return the link of an assignment's course, whose one assignment is ASSIGNMENT in it."""
        link = CanvasCourse.objects.create(course=assignment.course, address=self.address, canvas_id=COURSE)
        CanvasAssignment.objects.create(link=link, assignment=assignment, canvas_id=ASSIGNMENT)
        return link

    @property
    def posts(self) -> list[dict[str, dict[str, str]]]:
        """The grades of each request that wrote some."""
        return [each.get_json()["grade_data"] for each in self.asked if each.method == "POST" and each.is_json]

    def knows(self, number: int, **said: str) -> None:
        """Put a student into its course."""
        self.people.append({"id": number, "name": "Somebody", "sortable_name": "Somebody", **said})

    def once(self, pattern: str, status: int, body: Any = "", **headers: str) -> None:
        """Answer the next request whose method and path match with this, instead."""
        text = body if isinstance(body, str) else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.faults.append((pattern, lambda request: Response(text, status, named)))

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        self.asked.append(request)
        for place, (pattern, fault) in enumerate(self.faults):
            if re.search(pattern, f"{request.method} {request.path}"):
                del self.faults[place]
                return fault(request)
        if request.path == "/login/oauth2/token":
            return self._grants(request)
        if self.key and request.headers["Authorization"] != f"Bearer {self.token}":
            return self._over()
        assert request.headers["Authorization"] == f"Bearer {self.token}"
        assert self.token not in request.url
        if self.is_revoked:
            return self._over()
        assert request.host == self.host
        for pattern, method, reply in (
            (rf"{API}/courses/{COURSE}/users", "GET", self._users),
            (rf"{API}/courses/{COURSE}/assignments", "GET", self._assignments),
            (rf"{API}/courses/{COURSE}/assignments/(\d+)", "GET", self._assignment),
            (rf"{API}/courses/{COURSE}/assignments/(\d+)/submissions", "GET", self._submissions),
            (rf"{API}/courses/{COURSE}/assignments/(\d+)/submissions/update_grades", "POST", self._update),
            (rf"{API}/progress/(\d+)", "GET", self._progress),
            (r"/next/(\w+)", "GET", lambda request, page: self._page(page)),
        ):
            if method == request.method and (found := re.fullmatch(pattern, request.path)):
                return reply(request, *found.groups())
        return Response('{"errors": [{"message": "The specified resource does not exist."}]}', 404)

    def _over(self) -> Response:
        told = {"errors": [{"message": "Invalid access token."}]}
        return Response(json.dumps(told), 401, {"WWW-Authenticate": 'Bearer realm="canvas-lms"'})

    def consents(self, url: str, *, declines: bool = False) -> dict[str, str]:
        """Answer somebody's browser that asks at `url` whether the key may act for them: what it comes back with."""
        asked, told = urlsplit(url), dict(parse_qsl(urlsplit(url).query))
        assert f"{asked.scheme}://{asked.netloc}{asked.path}" == f"{self.address}/login/oauth2/auth"
        assert self.key is not None
        assert (told["client_id"], told["response_type"]) == (self.key[0], "code")
        assert self.key[1] not in url
        assert all(each.startswith(("url:GET|/api/v1/", "url:POST|/api/v1/")) for each in told["scope"].split(" "))
        if declines:
            return {"error": "access_denied", "error_description": "The user said no", "state": told["state"]}
        code = f"code{len(self.asked)}"
        self.codes[code] = told["redirect_uri"]
        return {"code": code, "state": told["state"]}

    def ends_its_token(self) -> None:
        """Let an hour pass: the token that it granted is over, what renews it is not."""
        self.token = "over"

    def _grants(self, request: Request) -> Response:
        assert self.key is not None
        assert not request.query_string
        if request.method == "DELETE":
            sent = request.headers["Authorization"].removeprefix("Bearer ")
            if sent != self.token:
                return self._over()
            self.given_back.append(sent)
            self.token = self.refresh = ""
            return Response("{}", 200)
        assert request.content_type == "application/x-www-form-urlencoded"
        assert "Authorization" not in request.headers
        told = request.form.to_dict()
        if (told["client_id"], told["client_secret"]) != self.key:
            return Response('{"error": "invalid_client", "error_description": "unknown client"}', 401)
        more: dict[str, Any] = {}
        if told["grant_type"] == "authorization_code":
            if self.codes.pop(told["code"], None) != told["redirect_uri"]:
                return Response('{"error": "invalid_grant", "error_description": "authorization_code not found"}', 400)
            self.refresh = f"refresh{len(self.asked)}"
            more = {"refresh_token": self.refresh}
        else:
            assert told["grant_type"] == "refresh_token"
            if told["refresh_token"] != self.refresh or not self.refresh:
                return Response('{"error": "invalid_grant", "error_description": "refresh_token not found"}', 400)
        self.token = f"granted{len(self.asked)}"  # the one before is over
        granted = {
            "access_token": self.token,
            "token_type": "Bearer",
            "user": {"id": 1, "name": "T"},
            "expires_in": 3600,
        }
        return Response(json.dumps(granted | more), content_type="application/json")

    def _users(self, request: Request) -> Response:
        assert request.args.getlist("enrollment_type[]") == ["student"]
        assert request.args.getlist("include[]") == ["email", "enrollments"]
        return self._first_page(request, self.people)

    def _assignments(self, request: Request) -> Response:
        return self._first_page(request, self.assignments)

    def _assignment(self, request: Request, number: str) -> Response:
        maximum = self.maxima.get(int(number), 100.0)
        said = {
            "id": int(number),
            "name": "Something",
            "points_possible": maximum,
            "grading_type": "points",
            **self.shares,
        }
        return Response(json.dumps(said), content_type="application/json")

    def _submissions(self, request: Request, assignment: str) -> Response:
        shown = []
        for each in self.people:
            score = self.scores.get((int(assignment), each["id"]))
            late = {"entered_score": score, "score": score / 2} if self.halves and score else {"score": score}
            late["excused"] = (int(assignment), each["id"]) in self.excused
            shown.append({"user_id": each["id"], "workflow_state": "graded", **late})
        return self._first_page(request, shown)

    def _update(self, request: Request, assignment: str) -> Response:
        assert request.content_type == "application/json"
        assert request.json is not None
        data = request.json["grade_data"]
        for number, entry in data.items():
            assert re.fullmatch(r"[1-9]\d*", number)
            assert set(entry) == {"posted_grade", "text_comment"}
            assert re.fullmatch(r"\d+(\.\d{1,2})?", entry["posted_grade"])
        self._jobs.append((int(assignment), data))
        job = {"id": len(self._jobs), "workflow_state": "queued", "completion": 0, "tag": "submissions_update"}
        return Response(json.dumps(job), 200)

    def _progress(self, request: Request, number: str) -> Response:
        if not self.is_slow:
            self.store(int(number))
        state = "running" if self.is_slow else "completed"
        return Response(json.dumps({"id": int(number), "workflow_state": state, "message": None}))

    def store(self, job: int) -> None:
        """Do what a progress is to do, once."""
        assignment, data = self._jobs[job - 1]
        for number, entry in data.items():
            if int(number) not in self.refused:
                self.scores[assignment, int(number)] = float(entry["posted_grade"])
                self.excused.discard((assignment, int(number)))  # a grade ends an excuse there
                self.comments.append((int(number), entry["text_comment"]))
        self._jobs[job - 1] = (assignment, {})

    def _first_page(self, request: Request, rows: list[Any]) -> Response:
        assert request.args["per_page"] == "100"
        self._later = {f"p{start}": rows[start : start + self.per_page] for start in range(0, len(rows), self.per_page)}
        return self._page("p0")

    def _page(self, page: str) -> Response:
        after = f"p{int(page[1:]) + self.per_page}"
        link = f'<{self.address}/next/{after}>; rel="next",<{self.address}/next/p0>; rel="first"'
        headers = {"Link": link} if after in self._later else {}
        return Response(json.dumps(self._later.get(page, [])), headers=headers, content_type="application/json")


def play(link: CanvasCourse, at: datetime = NOW, kind: type[Canvas] = Canvas, chance: float = 0) -> bool:
    """Play one round; `chance`: what is drawn in it."""
    link = CanvasCourse.objects.select_related("course").get(pk=link.pk)
    with kind(link) as lms:
        return deliver.sync(link=link, lms=lms, now=lambda: at, chance=lambda: chance)


def play_twice(link: CanvasCourse) -> None:
    """Send what waits, and have it confirmed."""
    play(link, NOW)
    play(link, NOW + ROUND)


def set_points(points: str, student: Enrollment | None = None) -> None:
    """Give a student other points for the only assignment: Mira, unless it is somebody else."""
    student = student or Enrollment.objects.get(github_login="mira-okafor")
    to = {"student": student, "assignment": Assignment.objects.get()}
    told = {"points": Decimal(points), "reason": "typo", "set_by": make_user(), "set_at": NOW}
    Override.objects.update_or_create(**to, defaults=told)


def again(**chosen: Any) -> tuple[int, int]:
    """Have some deliveries, or all of them, sent again."""
    return send_again(deliveries=GradeDelivery.objects.filter(**chosen), actor=None, at=NOW, reason="asked for")


def states() -> list[tuple[str, str]]:
    """Return state and points of every delivery."""
    return [(each.state, f"{each.points:f}") for each in GradeDelivery.objects.order_by("pk")]
