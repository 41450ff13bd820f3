"""One person's way through the pages, whose clicks are counted; and a GitHub that browser, git, pages and workers all know."""

import base64
import json
import re
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request as Call
from urllib.request import urlopen

from playwright.sync_api import Browser, Locator, Page, expect
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from course_admin.demo.announce import NO_COMMIT, payload
from course_admin.integrations.github.signature import sign
from tests.course_admin.integrations.github.fake_github import CLIENT_ID, PEM, FakeGitHub
from tests.course_admin.integrations.github.test_code import git
from tests.course_admin.pages.flows.stage import PATIENCE_MS, Stage

MIRA = {"id": 58_210_467, "login": "mira-okafor", "name": "Mira Okafor"}


@dataclass
class Walk:
    """One person's way: what they press, choose, tick or drop is a click; what they type is none."""

    who: str
    page: Page
    began: float = field(default_factory=time.monotonic)
    clicks: int = 0

    def press(self, name: str | re.Pattern[str], role: str = "button") -> None:
        """Press a button, or follow a link, by its words."""
        self.clicks += 1
        self.page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]
        self.page.wait_for_load_state()

    def set_box(self, label: str, is_ticked: bool = True) -> None:
        """Tick a box, or untick it; one that is as it should be costs no click."""
        box = self._field(label)
        if box.is_checked() != is_ticked:
            self.clicks += 1
            box.set_checked(is_ticked)

    def choose(self, label: str, words: str) -> None:
        """Choose from a list."""
        self.clicks += 1
        self.page.get_by_label(label).first.select_option(label=words)

    def choose_file(self, label: str, path: Path) -> None:
        """Choose a file to send."""
        self.clicks += 1
        self.page.get_by_label(label).set_input_files(path)

    def drop_file(self, onto: str, name: str, data: bytes) -> None:
        """Drag a file over a place of the page and let it go."""
        self.clicks += 1
        held = self.page.evaluate_handle(
            """([name, data]) => {
                const held = new DataTransfer();
                held.items.add(new File([Uint8Array.from(atob(data), (each) => each.charCodeAt(0))], name));
                return held;
            }""",
            [name, base64.b64encode(data).decode()],
        )
        for happening in ("dragenter", "dragover"):
            self.page.dispatch_event(onto, happening, {"dataTransfer": held})
        expect(self.page.locator(f"{onto}[data-over]")).to_be_visible()
        self.page.dispatch_event(onto, "drop", {"dataTransfer": held})

    def open(self, url: str) -> None:
        """Follow a link from elsewhere, as from a mail or from GitHub's page."""
        self.clicks += 1
        self.page.goto(url)

    def type(self, label: str, text: str) -> None:
        """Fill a field."""
        self._field(label).fill(text)

    def _field(self, label: str) -> Locator:
        return self.page.get_by_label(re.compile(rf"^\s*{re.escape(label)}:?\s*$"))

    def sees(self, words: str | re.Pattern[str]) -> None:
        """Wait until some words are on the page."""
        expect(self.page.get_by_text(words).first).to_be_visible(timeout=PATIENCE_MS)

    def log_in(self, address: str, password: str) -> None:
        """Log in with a password."""
        self.type("E-mail address", address)
        self.type("Password", password)
        self.press("Log in")

    def end(self, *, most_clicks: int) -> None:
        """Say how long the way was, and that no click has been added to it."""
        seconds = time.monotonic() - self.began
        sys.stdout.write(f"\n{self.who}: {self.clicks} clicks, {seconds:.0f} s of the machine\n")
        assert self.clicks <= most_clicks


def walk(stage: Stage, who: str, url: str, act: Callable[[Walk], None]) -> None:
    """Let somebody whom no cookie knows open a page and go on from there."""

    def play() -> None:
        browser: Browser = stage.browser
        page = browser.new_context(base_url=stage.url, viewport={"width": 1280, "height": 800}).new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda said: stage.refused.append(said.text) if "Security Policy" in said.text else None)
        page.on("pageerror", lambda problem: stage.refused.append(str(problem)))
        stage.windows[who] = page
        page.goto(url)
        act(Walk(who, page))

    stage.thread.submit(play).result()


@dataclass
class Host:
    """GitHub's log-in, its API for our App, its repositories as bare ones in a folder, and its webhook."""

    api: FakeGitHub
    folder: Path
    hook: str

    def answer_log_ins(self, server: HTTPServer) -> None:
        """Know Mira, and nobody else, on the pages to which a browser is sent."""
        server.expect_request("/authorize").respond_with_handler(_authorize)
        server.expect_request("/token").respond_with_json({"access_token": "t", "token_type": "bearer"})
        server.expect_request("/user").respond_with_json(MIRA)
        server.expect_request("/emails").respond_with_json([])

    def push(self, full_name: str, files: dict[str, bytes]) -> str:
        """Push work to a repository that was made, as its student does, and announce it; return the commit."""
        bare, work = self.folder / f"{full_name}.git", self.folder / "clone"
        bare.mkdir(parents=True)
        git(bare, "init", "--quiet", "--bare")
        for name, data in files.items():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_bytes(data)
        git(work, "init", "--quiet")
        git(work, "add", ".")
        git(work, "commit", "--quiet", "--message", "Doubling")
        git(work, "push", "--quiet", str(bare), "HEAD:main")
        commit = git(work, "rev-parse", "HEAD")
        number = self.api.repositories[full_name.lower()]["id"]
        facts = {"full_name": full_name, "repository_id": number, "login": MIRA["login"]}
        told = payload(facts, NO_COMMIT, commit, "refs/heads/main")
        told["sender"]["id"] = MIRA["id"]
        self.announce("push", told)
        return commit

    def announce(self, event: str, told: dict[str, Any]) -> None:
        """Deliver an event to our webhook."""
        body = json.dumps(told).encode()
        headers = {"X-GitHub-Event": event, "X-GitHub-Delivery": str(uuid.uuid4()), "Content-Type": "application/json"}
        headers["X-Hub-Signature-256"] = sign(body, "the current secret")
        with urlopen(Call(self.hook, body, headers, method="POST"), timeout=60) as answer:
            assert answer.status in (200, 202)


def _authorize(request: Request) -> Response:
    back = f"{request.args['redirect_uri']}?code=c&state={request.args['state']}"
    return Response("", 302, {"Location": back})


def service_environment(address: str, site: str) -> dict[str, str]:
    """Return what the service's processes must know of a GitHub of our own."""
    return {
        "ASSAY_GITHUB_APP_ID": CLIENT_ID,
        "ASSAY_GITHUB_APP_KEY": base64.b64encode(PEM.encode()).decode(),
        "ASSAY_GITHUB_API_URL": address,
        "ASSAY_CLONE_FROM_PRIVATE_NETWORK": "true",
        "ASSAY_SITE_URL": site,
        "ASSAY_GITHUB_SECONDS": "1",
    }
