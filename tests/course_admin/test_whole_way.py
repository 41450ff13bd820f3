"""The whole way as a new instructor and a new student go it, in a real Chromium: with a GitHub of our own, and with none at all.

Everything behind the pages is real: the service's and the grader's processes, a sandbox, git. Each walk counts its clicks and
the seconds of the machine; what it prints (`-s`) is the figure to compare.
"""

import base64
import json
import re
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.core import mail
from django.utils import timezone
from kombu import Queue
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from course_admin.assignments.models import CheckState, SuiteVersion
from course_admin.assignments.suites.versions import register_suite
from course_admin.courses.models import Role
from course_admin.demo.announce import NO_COMMIT, payload
from course_admin.integrations.github.signature import sign
from grader.transport.broker import celery_settings, folder_url
from tests.course_admin.identity.test_identity import GitHubOAuth2Adapter
from tests.course_admin.integrations.github.fake_github import (
    CLIENT_ID,
    EVERYTHING,
    INSTALLATION,
    PEM,
    FakeGitHub,
    told_installation,
)
from tests.course_admin.integrations.github.test_code import git
from tests.course_admin.pages.browsing import CHROMIUM, OPTIONS
from tests.course_admin.test_pipeline import Pipeline, pipeline  # noqa: F401 - a fixture
from tests.factories import OWNER, make_course, make_enrollment
from tests.grader.source.sources import make_zip

PASSWORD = "as long as a river"
WORK = {"tiny/__init__.py": b"", "tiny/core.py": b"def double(x):\n    return 2 * x\n"}
MIRA = {"id": 58_210_467, "login": "mira-okafor", "name": "Mira Okafor"}
TEMPLATE = f"{OWNER}/m01-template"
PATIENCE_MS = 120_000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.bubblewrap,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="no Debian chromium here: apt-get install chromium"),
]


@dataclass
class Walk:
    """One person's way through the pages: what they press is counted, what they type is not."""

    who: str
    page: Page
    began: float = field(default_factory=time.monotonic)
    clicks: int = 0

    def press(self, name: str | re.Pattern[str], role: str = "button") -> None:
        """Press a button or follow a link by its words."""
        self.clicks += 1
        self.page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]
        self.page.wait_for_load_state()

    def tick(self, label: str) -> None:
        """Tick a box."""
        self.clicks += 1
        self.page.get_by_label(label, exact=True).check()

    def type(self, label: str, text: str) -> None:
        """Fill a field."""
        self.page.get_by_label(label, exact=True).fill(text)

    def sees(self, words: str | re.Pattern[str]) -> None:
        """Wait until some words are on the page."""
        expect(self.page.get_by_text(words).first).to_be_visible(timeout=PATIENCE_MS)

    def log_in(self, address: str) -> None:
        """Log in with a password."""
        self.type("E-mail address", address)
        self.type("Password", PASSWORD)
        self.press("Log in")

    def ends(self) -> None:
        """Say how long it was."""
        seconds = time.monotonic() - self.began
        sys.stdout.write(f"\n{self.who}: {self.clicks} clicks, {seconds:.0f} s\n")


def walk_through(*visits: Callable[[Browser], None]) -> None:
    """Play visits in a Chromium, in a thread of its own: its driver has an event loop, in which no database is asked."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(_play, visits).result()


def _play(visits: tuple[Callable[[Browser], None], ...]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        try:
            for visit in visits:
                visit(browser)
        finally:
            browser.close()


def opened(browser: Browser, url: str) -> Page:
    """Open a page in a window that knows no cookie."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(url)
    return page


@pytest.fixture
def broker_url(tmp_path: Path) -> str:
    return folder_url(tmp_path / "broker")


@pytest.fixture
def installation(pipeline: Pipeline) -> Pipeline:  # noqa: F811
    """Return an installation in which a suite is there and an instructor has been given a course."""
    register_suite(name="tiny", at=timezone.now())
    SuiteVersion.objects.update(check_state=CheckState.PASSED)
    course = make_course("cs4210", title="CS 4210", time_zone="Europe/Berlin")
    ines = make_enrollment(course, "ines", Role.INSTRUCTOR).account
    ines.set_password(PASSWORD)
    ines.save()
    return pipeline


def make_the_assignment(walk: Walk, *, pattern: str, takes_uploads: bool) -> None:
    """Go through the wizard of one assignment."""
    walk.press("Assignments", "link")
    walk.press("New assignment", "link")
    walk.type("Title", "Doubling")
    walk.type("Short name", "m01")
    walk.press("Keep and go on")
    walk.page.get_by_label("Suite").first.select_option(label="tiny, as it lies in the suites' folder")
    walk.clicks += 1
    walk.type("Repositories", pattern)
    box = walk.page.get_by_label("Takes uploads")
    if box.is_checked() != takes_uploads:
        walk.clicks += 1
        box.set_checked(takes_uploads)
    for _ in range(3):  # suite, dates, lateness: as they stand
        walk.press("Keep and go on")
    walk.press(re.compile("^Make it, and open it"))
    walk.sees("Doubling is open.")


def test_with_no_github_at_all_a_student_enrols_uploads_and_reads_the_report(
    installation, live_server, settings, tmp_path
):
    work = tmp_path / "work.zip"
    work.write_bytes(make_zip(WORK))
    settings.ASSAY_WEBHOOK_SECRETS = []
    installation.start_service()
    installation.start_grader()
    link: list[str] = []

    def teach(browser: Browser) -> None:
        walk = Walk("instructor, without GitHub", opened(browser, f"{live_server.url}/courses/cs4210/"))
        walk.log_in("ines@example.edu")
        make_the_assignment(walk, pattern="", takes_uploads=True)
        walk.press("People", "link")
        walk.press("Invitations", "link")
        walk.tick("Students may join by themselves")
        walk.tick("who know the course's code")
        walk.press("Save")
        link.append(walk.page.get_by_role("link", name=re.compile("/join/")).inner_text())
        walk.ends()

    def learn(browser: Browser) -> None:
        walk = Walk("student, without GitHub", opened(browser, link[0]))
        walk.type("E-mail address", "mira@example.edu")
        walk.press("Send me the link")
        walk.sees("We sent a mail")
        walk.clicks += 1
        walk.page.goto(re.search(r"http://\S+/join/address/\S+", mail.outbox[-1].body)[0])  # type: ignore[index]
        for label, text in {"Your name": "Mira", "Password": PASSWORD, "The password again": PASSWORD}.items():
            walk.type(label, text)
        walk.press("Make the account and join")
        walk.press(re.compile("^Hand in"), "link")
        walk.clicks += 1
        walk.page.get_by_label("Files").set_input_files(work)
        walk.sees("work.zip, 1 KiB")
        walk.press("Show what is in them")
        walk.sees("Everything that this assignment asks for is there.")
        walk.press("Hand in exactly this")
        walk.sees("Doubling gives twice the number.")
        walk.sees(re.compile(r"\b100\b"))
        walk.ends()

    walk_through(teach, learn)


class GitHubInABrowser:
    """GitHub's log-in, its API for our App, its repositories as bare ones in a folder, and its webhook."""

    def __init__(self, api: FakeGitHub, log_in: HTTPServer, folder: Path, hook: str) -> None:
        self.api, self._folder, self._hook = api, folder, hook
        log_in.expect_request("/authorize").respond_with_handler(self._authorize)
        log_in.expect_request("/token").respond_with_json({"access_token": "t", "token_type": "bearer"})
        log_in.expect_request("/user").respond_with_json(MIRA)
        log_in.expect_request("/emails").respond_with_json([])

    def _authorize(self, request: Request) -> Response:
        back = f"{request.args['redirect_uri']}?code=c&state={request.args['state']}"
        return Response("", 302, {"Location": back})

    def push(self, full_name: str, files: dict[str, bytes]) -> str:
        """Clone what was made, push work to it as a student does, and announce it."""
        bare, work = self._folder / f"{full_name}.git", self._folder / "clone"
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
        facts = {
            "full_name": full_name,
            "repository_id": self.api.repositories[full_name]["id"],
            "login": MIRA["login"],
        }
        told = payload(facts, NO_COMMIT, commit, "refs/heads/main")
        told["sender"]["id"] = MIRA["id"]
        self.announce("push", told)
        return commit

    def announce(self, event: str, told: dict[str, Any]) -> None:
        """Deliver an event to our webhook."""
        body = json.dumps(told).encode()
        headers = {"X-GitHub-Event": event, "X-GitHub-Delivery": str(uuid.uuid4()), "Content-Type": "application/json"}
        headers["X-Hub-Signature-256"] = sign(body, "the current secret")
        told_by_curl = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
        subprocess.run(
            ["curl", "--fail", "-s", self._hook, *told_by_curl, "--data-binary", "@-"], input=body, check=True
        )


@pytest.fixture
def hub(installation, live_server, settings, monkeypatch, tmp_path) -> Iterator[GitHubInABrowser]:
    """Return a GitHub that a browser, git, our pages and our processes all know."""
    with HTTPServer(threaded=True) as log_in, HTTPServer(threaded=True) as served:
        api = FakeGitHub(served, timezone.now)
        api.has(TEMPLATE, 5, is_template=True)
        api.users[MIRA["id"]] = MIRA["login"]
        for name, path in {
            "access_token_url": "/token",
            "authorize_url": "/authorize",
            "profile_url": "/user",
            "emails_url": "/emails",
        }.items():
            monkeypatch.setattr(GitHubOAuth2Adapter, name, log_in.url_for(path))
        settings.SOCIALACCOUNT_PROVIDERS = {"github": {"APPS": [{"client_id": "assay", "secret": "s", "key": ""}]}}
        settings.ASSAY_GITHUB_APP_ID, settings.ASSAY_GITHUB_APP_KEY = CLIENT_ID, PEM
        settings.ASSAY_GITHUB_API_URL = api.address
        settings.ASSAY_CLONE_FROM_PRIVATE_NETWORK = True
        settings.ASSAY_SITE_URL = live_server.url
        installation.service |= {
            "ASSAY_GITHUB_APP_ID": CLIENT_ID,
            "ASSAY_GITHUB_APP_KEY": base64.b64encode(PEM.encode()).decode(),
            "ASSAY_GITHUB_API_URL": api.address,
            "ASSAY_CLONE_FROM_PRIVATE_NETWORK": "true",
            "ASSAY_SITE_URL": live_server.url,
            "ASSAY_GITHUB_SECONDS": "1",
        }
        yield GitHubInABrowser(api, log_in, tmp_path / "host", f"{live_server.url}/hooks/github/")


def test_with_github_a_push_comes_back_as_a_check_run_and_a_report(installation, live_server, hub, sent, tmp_path):
    roster = tmp_path / "classroom_roster.csv"
    roster.write_text(
        f'"identifier","github_username","github_id","name"\n"S1","{MIRA["login"]}","{MIRA["id"]}","Mira"\n'
    )
    hub.announce(
        "installation", {"action": "created", "installation": told_installation(INSTALLATION, OWNER, EVERYTHING)}
    )
    installation.start_service()
    installation.start_grader()
    links: dict[str, str] = {}

    def teach(browser: Browser) -> None:
        walk = Walk("instructor, with GitHub", opened(browser, f"{live_server.url}/courses/cs4210/"))
        walk.log_in("ines@example.edu")
        make_the_assignment(walk, pattern=f"{OWNER}/m01-{{login}}", takes_uploads=False)
        walk.press("People", "link")
        walk.press("Import a roster", "link")
        walk.clicks += 1
        walk.page.get_by_label("Roster").set_input_files(roster)
        walk.press("Show what would change")
        walk.press("Import")
        walk.press("Invite whoever is on it", "link")
        walk.press("Invite everybody")
        walk.clicks += 1
        walk.page.locator("details summary", has_text="Show").first.click()
        links["person"] = walk.page.locator("details code").first.inner_text()
        walk.page.goto(f"{live_server.url}/courses/cs4210/assignments/m01/")
        walk.press("Repositories", "link")
        walk.type("Template", TEMPLATE)
        walk.press("Make them from this")
        links["repository"] = walk.page.get_by_text(re.compile("^http.*/repository/$")).inner_text()
        walk.ends()

    def learn(browser: Browser) -> None:
        walk = Walk("student, with GitHub", opened(browser, links["person"]))
        walk.press(re.compile("Go on with GitHub"), "link")
        walk.page.goto(links["repository"])
        walk.press("Make my repository")
        name = f"{OWNER}/m01-{MIRA['login']}"
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while f"{name} is yours" not in walk.page.inner_text("main"):
            assert time.monotonic() < deadline, walk.page.inner_text("main")
            walk.page.wait_for_timeout(500)
            walk.page.reload()
        commit = hub.push(name, WORK)
        queues = Celery("test")
        queues.conf.update(celery_settings(installation.broker_url))
        for message in [each for each in sent if each.task.endswith("tasks.ingest")]:
            queues.send_task(message.task, kwargs=message.kwargs, queue=Queue("intake"))
        while not any(each["status"] == "completed" for each in hub.api.check_runs.values()):
            assert time.monotonic() < deadline + 60, hub.api.asked[-20:]
            walk.page.wait_for_timeout(500)
        (check,) = hub.api.check_runs.values()
        assert check["head_sha"] == commit
        assert "8 of 8" in json.dumps(check["output"]) or "100" in json.dumps(check["output"])
        walk.clicks += 1
        walk.page.goto(check["details_url"])
        walk.sees("Doubling gives twice the number.")
        walk.sees(re.compile(r"\b100\b"))
        walk.ends()

    walk_through(teach, learn)
