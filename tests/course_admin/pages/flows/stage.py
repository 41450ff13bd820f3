"""A whole installation with people in front of it: real workers and boxes, a server, and a browser with a window for each person.

The browser lives in a thread of its own, for its driver has an event loop there; what a person does is a function of their page.
Students push with git, and their host announces it as GitHub does.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from celery import Celery
from django.conf import settings
from kombu import Queue
from playwright.sync_api import Browser, Page, expect, sync_playwright

from course_admin.assignments.models import Assignment
from course_admin.celery import QUEUES
from course_admin.courses.models import Enrollment
from course_admin.demo import announce
from course_admin.identity.models import User
from course_admin.submissions.models import Run, RunState
from grader.transport.broker import celery_settings
from tests.course_admin.integrations.github.test_code import git
from tests.course_admin.pages.browsing import CHROMIUM, OPTIONS
from tests.course_admin.test_pipeline import Pipeline
from tests.factories import OWNER

PASSWORD = "a long password"
PATIENCE_MS = 60_000
T = TypeVar("T")

#: Four tests; one of them is unfair: it wants a whole number where half of 5 is 2.5.
SUITE = {
    "suite.toml": 'title = "Tiny"\npackage = "tiny"\nmodules = ["tiny.core"]\n',
    "test_tiny.py": '''
from gradescope_utils.autograder_utils.decorators import weight
from tiny.core import double, halve, larger


@weight(4)
def test_doubles():
    """Doubling gives twice the number."""
    assert double(4) == 8


@weight(3)
def test_doubles_negative_numbers():
    """Doubling keeps the sign."""
    assert double(-4) == -8


@weight(2)
def test_halves():
    """Halving gives half of the number."""
    assert halve(5) == 2


@weight(1)
def test_larger():
    """The larger of two numbers is found."""
    assert larger(2, 3) == 3
''',
    "questions.toml": """share = 20
[[questions]]
title = "Why half?"
points = 10
answers = ["ANSWERS.md"]
marker = "Question 1"
[[questions.items]]
points = 10
text = "says what happens to odd numbers"
[[questions.items]]
points = 4
text = "names the operator"
""",
}
ANSWERS = "# Question 1\nOdd numbers have no whole half.\n"


def code(*, double: str = "2 * x", halve: str = "x / 2", larger: str = "a if a > b else b", more: str = "") -> str:
    """Return a student's module."""
    return (
        f"def double(x):\n    y = {double}\n    return y\n\n\ndef halve(x):\n    return {halve}\n\n\n"
        f"def larger(a, b):\n    return {larger}\n{more}"
    )


@dataclass
class Stage:
    """What a flow uses."""

    pipeline: Pipeline
    url: str
    thread: ThreadPoolExecutor
    browser: Browser
    windows: dict[str, Page] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)  # by the pages' policy, or by a script that broke

    def visit(self, account: User, act: Callable[[Page], T]) -> T:
        """Return what somebody does in their window brings; they log in first if it is new."""
        return self.thread.submit(self._act, str(account.email), act).result()

    def _act(self, email: str, act: Callable[[Page], T]) -> T:
        if email not in self.windows:
            self.windows[email] = self._logged_in(email)
        return act(self.windows[email])

    def _logged_in(self, email: str) -> Page:
        context = self.browser.new_context(base_url=self.url, viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda said: self.refused.append(said.text) if "Security Policy" in said.text else None)
        page.on("pageerror", lambda problem: self.refused.append(str(problem)))
        page.goto("/")
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", level=1)).not_to_have_text("Log in")
        return page

    def push(self, person: Enrollment, assignment: Assignment, files: dict[str, str]) -> str:
        """Have a student commit and push; return the commit."""
        name = assignment.repository_pattern.replace("{login}", person.github_login)
        bare, work = self.pipeline.folder / "host" / f"{name}.git", self.pipeline.folder / "work" / name
        if not bare.exists():
            bare.mkdir(parents=True)
            git(bare, "init", "--quiet", "--bare")
            work.mkdir(parents=True)
            git(work, "init", "--quiet")
            git(work, "remote", "add", "origin", str(bare))
        before = announce.NO_COMMIT if not (work / ".git/refs/heads/main").exists() else git(work, "rev-parse", "HEAD")
        for path, text in files.items():
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_text(text)
        git(work, "add", ".")
        git(work, "commit", "--quiet", "--allow-empty", "--message", "work")
        git(work, "push", "--quiet", "origin", "HEAD:main")
        commit = git(work, "rev-parse", "HEAD")
        told = {"full_name": name, "repository_id": 100 + person.pk, "login": person.github_login}
        told |= {"url": f"{self.url}/hooks/github/", "secret": settings.ASSAY_WEBHOOK_SECRETS[0]}
        said = announce.announce(told, json.dumps(announce.payload(told, before, commit, "refs/heads/main")).encode())
        assert "not announced" not in said, said
        assert "refused" not in said, said
        return commit

    def hand_in(self, person: Enrollment, assignment: Assignment, text: str) -> str:
        """Have a student push a module with its answers."""
        assert assignment.repository_pattern.startswith(OWNER)
        return self.push(person, assignment, {"tiny/__init__.py": "", "tiny/core.py": text, "ANSWERS.md": ANSWERS})

    def wait_for_graded(self, count: int) -> None:
        """Wait until so many runs are graded."""
        self.pipeline.wait_until(lambda: Run.objects.filter(state=RunState.GRADED).count() >= count)


@contextmanager
def stage_on(pipeline: Pipeline, url: str, monkeypatch: Any) -> Iterator[Stage]:
    """Give a stage whose workers run, and whose pages' messages reach them."""
    _send_for_real(pipeline, monkeypatch)
    pipeline.start_service()
    pipeline.start_grader()
    expect.set_options(timeout=PATIENCE_MS)
    monkeypatch.setattr(announce, "ANSWER_SECONDS", PATIENCE_MS / 1000)  # a busy machine is no fault of the service's
    with ThreadPoolExecutor(1) as thread:
        playwright = thread.submit(lambda: sync_playwright().start()).result()
        browser = thread.submit(lambda: playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)).result()
        stage = Stage(pipeline, url, thread, browser)
        try:
            yield stage
        except Exception:
            _keep_pictures(stage, pipeline.folder)
            raise
        finally:
            thread.submit(browser.close).result()
            thread.submit(playwright.stop).result()


def _send_for_real(pipeline: Pipeline, monkeypatch: Any) -> None:
    queue_of = {task: queue for queue, (_, tasks) in QUEUES.items() for task in tasks}
    queues = Celery("flows")
    queues.conf.update(celery_settings(pipeline.broker_url))

    def send_task(name: str, kwargs: dict[str, Any], expires: float | None = None) -> None:
        queues.send_task(name, kwargs=kwargs, expires=expires, queue=Queue(queue_of[name]))

    monkeypatch.setattr("course_admin.celery.app.send_task", send_task)


def _keep_pictures(stage: Stage, folder: Path) -> None:
    for email, page in stage.windows.items():
        path = str(folder / f"{email}.png")
        stage.thread.submit(lambda page=page, path=path: page.screenshot(path=path, full_page=True)).result()
