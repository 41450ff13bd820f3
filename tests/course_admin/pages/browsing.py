"""A browser whose requests the test itself answers: pages with their policy and their files, and nothing from elsewhere.

The browser's driver has an event loop, on which Django would open a connection of its own; so it runs in a thread, and what it
asks for is answered in the test's thread, inside of the test's transaction. No server runs.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpResponseBase
from django.test import Client
from playwright.sync_api import BrowserContext, Page, Route, sync_playwright

from course_admin.identity.models import User

ORIGIN = "http://testserver"
CHROMIUM = "/usr/bin/chromium"
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
ANSWER_SECONDS = 60


@dataclass(frozen=True)
class Question:
    """A page that the browser asks for, for an account; None: for a visitor."""

    account: User | None
    url: str
    answer: Future[HttpResponseBase] = field(default_factory=Future)


class Browsing:
    """What a visit uses, in the browser's thread."""

    def __init__(self, context: BrowserContext, questions: "SimpleQueue[Question | None]") -> None:
        self._context, self._questions = context, questions

    def open(self, url: str, account: User | None, on_console: Callable[[str], None] = print) -> Page:
        """Open a page in a window of its own."""
        page = self._context.new_page()
        page.on("console", lambda message: on_console(message.text))
        page.route("**/*", lambda route: self._answer(route, account))
        page.goto(ORIGIN + url)
        return page

    def _answer(self, route: Route, account: User | None) -> None:
        url = urlsplit(route.request.url)
        if f"{url.scheme}://{url.netloc}" != ORIGIN:
            route.abort()
        elif url.path.startswith(settings.STATIC_URL):
            file = finders.find(url.path.removeprefix(settings.STATIC_URL))
            kind = TYPES.get(url.path[url.path.rfind(".") :], "application/octet-stream")
            route.fulfill(status=200 if file else 404, path=file or None, content_type=kind)
        else:
            question = Question(account, f"{url.path}?{url.query}" if url.query else url.path)
            self._questions.put(question)
            answer = question.answer.result(ANSWER_SECONDS)
            route.fulfill(status=answer.status_code, headers=dict(answer.items()), body=answer.content)  # type: ignore[attr-defined]


def browse(visit: Callable[[Browsing], Any], time_zone: str = "Europe/Berlin") -> Any:
    """Return what a visit returns, which gets a browser in a zone; its pages are answered meanwhile."""
    questions: SimpleQueue[Question | None] = SimpleQueue()
    clients: dict[User | None, Client] = {}
    with ThreadPoolExecutor(1) as thread:
        job = thread.submit(_run, visit, time_zone, questions)
        job.add_done_callback(lambda _: questions.put(None))
        while (question := questions.get()) is not None:
            try:
                question.answer.set_result(_client(clients, question.account).get(question.url))
            except Exception as problem:
                question.answer.set_exception(problem)
        return job.result()


def _run(visit: Callable, time_zone: str, questions: "SimpleQueue[Question | None]") -> Any:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        try:
            context = browser.new_context(timezone_id=time_zone, viewport={"width": 1280, "height": 800})
            return visit(Browsing(context, questions))
        finally:
            browser.close()


def _client(clients: dict[User | None, Client], account: User | None) -> Client:
    if account not in clients:
        clients[account] = Client()
        if account is not None:
            clients[account].force_login(account)
    return clients[account]
