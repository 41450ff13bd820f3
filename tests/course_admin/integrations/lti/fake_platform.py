"""A learning platform of our own behind a real HTTP server: launches, tokens, line items, scores, results and members.

It enforces what the documents say: where a request breaks a rule that is an AssertionError, which the server answers with 500
and the test sees; a score that is not newer than the last is left out. Everything it launches must be believed by another
library as well (`believed_by_another`), so that it and our checks cannot be wrong together.
"""

import functools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.http import HttpResponse
from django.test import Client
from jwt.algorithms import RSAAlgorithm
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from course_admin.identity.guards.sealed import seal
from course_admin.integrations.lti.keys import PURPOSE
from course_admin.integrations.lti.launch.claims import CORE, DEEP, GRADES, MEMBERS
from course_admin.integrations.lti.models import LtiAssignment, LtiCourse, Platform, ToolKey
from tests.course_admin.conftest import World

CLIENT_ID, DEPLOYMENT, CONTEXT, SUBJECT = "assay-at-lms", "dep-1", "course-77", "5f2b7c1e"
SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
MEMBERS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z")
HOST = "http://testserver"


@functools.cache
def key_pair(name: str) -> rsa.RSAPrivateKey:
    """Return an RSA key, the same for each name."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@functools.cache
def sealed_key(name: str) -> str:
    """Return a key of ours as the database holds it."""
    pem = key_pair(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return seal(pem, PURPOSE)


def public(name: str) -> dict[str, str]:
    """Return a key's public half as a JWK."""
    return {**json.loads(RSAAlgorithm.to_jwk(key_pair(name).public_key())), "kid": name, "alg": "RS256", "use": "sig"}


@dataclass
class FakePlatform:
    """One platform with one course, its line items by number, and what it was asked."""

    server: HTTPServer
    keys: list[str] = field(default_factory=lambda: ["lms-1"])
    items: dict[int, dict[str, Any]] = field(default_factory=dict)  # number -> label, scoreMaximum
    scores: dict[tuple[int, str], dict[str, Any]] = field(default_factory=dict)
    people: list[dict[str, Any]] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    faults: list[tuple[str, Callable[[Request], Response]]] = field(default_factory=list)  # regex of method and path
    meddle: Callable[[Request], Response | None] = lambda request: None
    per_page: int = 1000
    out_of: float | None = None  # its results' maximum, where it is another than the line item's
    registered: dict[str, Any] = field(default_factory=dict)
    tool_keys: dict[str, Any] = field(default_factory=dict)  # what it read of our keys when the course was linked
    _jtis: set[str] = field(default_factory=set)
    _tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Answer everything below the server's address."""
        self.server.expect_request(re.compile("/.*")).respond_with_handler(self.answer)

    @property
    def address(self) -> str:
        """Its origin, and its issuer."""
        return self.server.url_for("").rstrip("/")

    def register(self, **fields: Any) -> Platform:
        """Return it as it is registered here."""
        told = {
            **{"name": "the university's LMS", "issuer": self.address, "client_id": CLIENT_ID},
            **{"deployment_ids": f"{DEPLOYMENT}\ndep-2", "auth_login_url": f"{self.address}/auth?old=1"},
            **{"auth_access_url": f"{self.address}/token", "jwks_url": f"{self.address}/jwks"},
        }
        return Platform.objects.create(**{**told, **fields})

    def link(self, world: World, platform: Platform) -> LtiCourse:
        """Link the course here to its course, and read our keys, which do not have to be made for each test."""
        if not ToolKey.objects.exists():
            ToolKey.objects.create(kid="ours", sealed=sealed_key("ours"), made_at=now())
        self.tool_keys = Client().get("/lti/keys.json").json()
        where = {"platform": platform, "deployment_id": DEPLOYMENT, "context_id": CONTEXT, "our_address": HOST}
        return LtiCourse.objects.create(course=world.course, memberships_url=f"{self.address}/members?c=77", **where)

    def grade(self, link: LtiCourse, assignment: Any, number: int = 7, maximum: float = 100) -> LtiAssignment:
        """Give an assignment a line item, whose address has a query."""
        self.items[number] = {"label": "Tensor", "scoreMaximum": maximum}
        return LtiAssignment.objects.create(link=link, assignment=assignment, line_item=self.line_item(number))

    def line_item(self, number: int) -> str:
        """Return a line item's address."""
        return f"{self.address}/items/{number}/lineitem?type=x"

    def knows(self, subject: str, role: str = "Learner", **said: str) -> None:
        """Put somebody into its course; a sub-role is written `Instructor#TeachingAssistant`, and stands beside its own."""
        principal, _, further = role.partition("#")
        roles = [f"{ROLE}{principal}", *([f"{ROLE[:-1]}/{role}"] if further else [])]
        self.people.append({"user_id": subject, "roles": roles, **said})

    def once(self, pattern: str, status: int, body: str = "", **headers: str) -> None:
        """Answer the next request whose method and path match with this, instead."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.faults.append((pattern, lambda request: Response(body, status, named)))

    # --- launches ---

    def claims(self, nonce: str, at: datetime, /, **over: Any) -> dict[str, Any]:
        """Return the claims of a sound launch, some of them changed; None takes one away."""
        now = int(at.timestamp())
        found: dict[str, Any] = {
            **{"iss": self.address, "aud": CLIENT_ID, "sub": SUBJECT, "iat": now, "exp": now + 300, "nonce": nonce},
            **{"name": "Mira Okafor", "email": "mira-okafor@example.edu"},
            f"{CORE}message_type": "LtiResourceLinkRequest",
            f"{CORE}version": "1.3.0",
            f"{CORE}deployment_id": DEPLOYMENT,
            f"{CORE}target_link_uri": f"{HOST}/lti/launch/",
            f"{CORE}resource_link": {"id": "link-1"},
            f"{CORE}roles": [f"{ROLE}Learner"],
            f"{CORE}context": {"id": CONTEXT, "title": "CS 4210"},
            MEMBERS: {"context_memberships_url": f"{self.address}/members?c=77", "service_versions": ["2.0"]},
        }
        found.update(over)
        return {name: value for name, value in found.items() if value is not None}

    def asks_to_choose(self, **settings: Any) -> dict[str, Any]:
        """Return what makes a launch one of deep linking."""
        said = {
            **{"deep_link_return_url": "https://lms.example.edu/back?a=1&b=2", "accept_types": ["ltiResourceLink"]},
            **{"accept_presentation_document_targets": ["iframe"], "data": "csrf 12 & more", **settings},
        }
        return {
            f"{CORE}message_type": "LtiDeepLinkingRequest",
            f"{CORE}resource_link": None,
            f"{CORE}roles": [f"{ROLE}Instructor"],
            f"{DEEP}deep_linking_settings": {name: value for name, value in said.items() if value is not None},
        }

    def for_grades(self, number: int) -> dict[str, Any]:
        """Return the claim that offers the services of one line item."""
        scopes = [f"{SCOPE}{name}" for name in ("lineitem.readonly", "result.readonly", "score")]
        offered = {"scope": scopes, "lineitems": f"{self.address}/items", "lineitem": self.line_item(number)}
        return {GRADES: offered}

    def sign(self, claims: dict[str, Any], key: str = "", **header: Any) -> str:
        """Return claims signed by its key."""
        name = key or self.keys[-1]
        return jwt.encode(claims, key_pair(name), algorithm="RS256", headers={"kid": name, **header})

    def begin(self, client: Client, **told: str) -> tuple[dict[str, str], HttpResponse]:
        """Begin a launch as a browser does; return what it is asked by our redirect, whose rules it checks."""
        asked = {"iss": self.address, "login_hint": "hint 1", "target_link_uri": f"{HOST}/lti/launch/", **told}
        answer = client.post("/lti/login/", {**asked, "lti_message_hint": "message hint", "client_id": CLIENT_ID})
        url = answer.context["next"] if answer.status_code == 200 else answer.headers["Location"]
        assert url.startswith(f"{self.address}/auth?old=1&")
        said = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        wanted = {
            **{"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none"},
            **{"client_id": CLIENT_ID, "redirect_uri": f"{HOST}/lti/launch/", "login_hint": "hint 1"},
            **{"lti_message_hint": "message hint"},
        }
        assert {name: said[name] for name in wanted} == wanted
        assert min(len(said["state"]), len(said["nonce"])) >= 22  # 128 bits
        return said, answer

    def launch(self, client: Client, at: datetime, /, **over: Any) -> HttpResponse:
        """Do a whole launch in a window of the browser, and return what our launch page answers."""
        said, _ = self.begin(client)
        form = {"id_token": self.sign(self.claims(said["nonce"], at, **over)), "state": said["state"]}
        return client.post("/lti/launch/", form, headers={"Sec-Fetch-Dest": "document"})

    # --- services ---

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        self.asked.append(request)
        for place, (pattern, fault) in enumerate(self.faults):
            if re.search(pattern, f"{request.method} {request.path}"):
                del self.faults[place]
                return fault(request)
        meddled = self.meddle(request)
        return self.reply(request) if meddled is None else meddled

    def reply(self, request: Request) -> Response:
        """Do what a request asks for."""
        assert request.host == self.address.partition("//")[2]
        for pattern, method, scope, reply in (
            (r"/jwks", "GET", "", lambda request: _json({"keys": [public(name) for name in self.keys]})),
            (r"/token", "POST", "", self._token),
            (r"/items/(\d+)/lineitem", "GET", f"{SCOPE}lineitem.readonly", self._item),
            (r"/items/(\d+)/lineitem/results", "GET", f"{SCOPE}result.readonly", self._results),
            (r"/items/(\d+)/lineitem/scores", "POST", f"{SCOPE}score", self._score),
            (r"/members", "GET", MEMBERS_SCOPE, self._members),
            (r"/\.well-known/openid-configuration", "GET", "", self._configuration),
            (r"/register", "POST", "", self._register),
        ):
            found = re.fullmatch(pattern, request.path)
            if found and method == request.method:
                if scope and not self._is_authorized(request, scope):
                    return _json({"message": "bad token"}, 401)
                return reply(request, *found.groups())
        return Response("not found", 404)

    def _is_authorized(self, request: Request, scope: str) -> bool:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return scope in self._tokens.get(token, "").split(" ")

    def _token(self, request: Request) -> Response:
        assert request.content_type == "application/x-www-form-urlencoded"
        form = request.form
        assert form["grant_type"] == "client_credentials"
        assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        kid = jwt.get_unverified_header(form["client_assertion"])["kid"]
        (key,) = [each for each in self.tool_keys["keys"] if each["kid"] == kid]
        told = jwt.decode(
            form["client_assertion"],
            jwt.PyJWK(key).key,
            algorithms=["RS256"],
            audience=f"{self.address}/token",
            options={"require": ["iss", "sub", "aud", "iat", "exp", "jti"], "verify_exp": False, "verify_iat": False},
        )
        assert told["iss"] == told["sub"] == CLIENT_ID
        assert 0 < told["exp"] - told["iat"] <= 300
        assert told["jti"] not in self._jtis
        self._jtis.add(told["jti"])
        token = f"token-{len(self._jtis)}"
        self._tokens[token] = form["scope"]
        said = {"access_token": token, "token_type": "bearer", "expires_in": 3600, "scope": form["scope"]}
        return _json(said)

    def forget_tokens(self) -> None:
        """Take no token any more that was given so far."""
        self._tokens.clear()

    def _item(self, request: Request, number: str) -> Response:
        assert request.args["type"] == "x"
        if int(number) not in self.items:
            return Response("no such line item", 404)
        return _json({"id": self.line_item(int(number)), **self.items[int(number)]})

    def _results(self, request: Request, number: str) -> Response:
        assert request.args["type"] == "x"
        whose, start = request.args.get("user_id"), int(request.args.get("from", 0))
        if int(number) not in self.items:
            return Response("no such line item", 404)
        found = [
            self._result(subject, score, int(number))
            for (item, subject), score in self.scores.items()
            if item == int(number) and whose in (None, subject)
        ]
        after = start + self.per_page
        url = f"{self.address}/items/{number}/lineitem/results?type=x&from={after}"
        headers = {"Link": f'<{url}>; rel="next"'} if after < len(found) else {}
        return _json(found[start:after], headers=headers)

    def _result(self, subject: str, score: dict[str, Any], number: int) -> dict[str, Any]:
        maximum = self.items[number]["scoreMaximum"]
        shown = {"id": f"r-{subject}", "userId": subject, "resultScore": score["scoreGiven"], "resultMaximum": maximum}
        if self.out_of is not None:
            shown |= {"resultScore": score["scoreGiven"] * self.out_of / maximum, "resultMaximum": self.out_of}
        return shown

    def _score(self, request: Request, number: str) -> Response:
        assert request.args["type"] == "x"
        assert request.content_type == "application/vnd.ims.lis.v1.score+json"
        score = json.loads(request.get_data())
        if int(number) not in self.items:
            return Response("no such line item", 404)
        assert STAMP.fullmatch(score["timestamp"]), score
        assert score["scoreMaximum"] == self.items[int(number)]["scoreMaximum"]
        assert score["scoreGiven"] >= 0
        assert (score["activityProgress"], score["gradingProgress"]) == ("Completed", "FullyGraded")
        known = {each["user_id"] for each in self.people}
        if known and score["userId"] not in known:
            return _json({"message": "User not found in course or is not a student"}, 422)
        key = (int(number), score["userId"])
        if key in self.scores and score["timestamp"] <= self.scores[key]["timestamp"]:
            return Response("", 204)  # not newer: it need not say so
        self.scores[key] = score
        return Response("", 200)

    def _members(self, request: Request) -> Response:
        assert "vnd.ims.lti-nrps.v2.membershipcontainer+json" in request.headers["Accept"]
        assert request.args["c"] == "77"
        start = int(request.args.get("from", 0))
        after = start + self.per_page
        headers = (
            {"Link": f'<{self.address}/members?c=77&from={after}>; rel="next"'} if after < len(self.people) else {}
        )
        shown = {"id": request.url, "context": {"id": CONTEXT}, "members": self.people[start:after]}
        return _json(shown, headers=headers)

    def _configuration(self, request: Request) -> Response:
        return _json(
            {
                **{"issuer": self.address, "authorization_endpoint": f"{self.address}/auth"},
                **{"token_endpoint": f"{self.address}/token", "jwks_uri": f"{self.address}/jwks"},
                "registration_endpoint": f"{self.address}/register",
                "https://purl.imsglobal.org/spec/lti-platform-configuration": {"product_family_code": "moodle"},
            }
        )

    def _register(self, request: Request) -> Response:
        assert request.headers["Authorization"] == "Bearer once-only"
        self.registered = json.loads(request.get_data())
        tool = self.registered["https://purl.imsglobal.org/spec/lti-tool-configuration"]
        assert self.registered["token_endpoint_auth_method"] == "private_key_jwt"
        assert self.registered["redirect_uris"] == [tool["target_link_uri"]]
        return _json(
            {
                "client_id": "given-by-lms",
                "https://purl.imsglobal.org/spec/lti-tool-configuration": {**tool, "deployment_id": "9"},
            },
        )


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(body), status, headers, content_type="application/json")


def now() -> datetime:
    """Return the present time: launches are judged by it."""
    return datetime.now(UTC)
