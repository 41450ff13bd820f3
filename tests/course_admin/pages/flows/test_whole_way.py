"""The whole way, as a new instructor and a new student try it: with GitHub, and with no GitHub at all.

Each walk says its clicks and the seconds that the machine took for them; `-s` shows both.
"""

import json
import re
import time
from collections.abc import Iterator

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect
from pytest_httpserver import HTTPServer

from course_admin.courses.models import Course, Role
from tests.course_admin.identity.test_identity import GitHubOAuth2Adapter
from tests.course_admin.integrations.github.fake_github import (
    CLIENT_ID,
    EVERYTHING,
    INSTALLATION,
    PEM,
    FakeGitHub,
    told_installation,
)
from tests.course_admin.pages.flows.stage import PASSWORD, PATIENCE_MS, Stage, code
from tests.course_admin.pages.flows.walk import MIRA, Host, Walk, service_environment, walk
from tests.factories import OWNER, make_enrollment
from tests.grader.source.sources import make_zip

pytestmark = [pytest.mark.browser, pytest.mark.bubblewrap, pytest.mark.slow, pytest.mark.alone]

WORK = {"tiny/__init__.py": b"", "tiny/core.py": code(halve="x // 2").encode()}
TEMPLATE = f"{OWNER}/m01-template"
FULL = re.compile(r"10 of 10 points")


@pytest.fixture
def hub(pipeline, live_server, settings, monkeypatch, tmp_path) -> Iterator[Host]:
    """Return a GitHub that is there before the stage's workers are, which are told of it."""
    with HTTPServer(threaded=True) as log_in, HTTPServer(threaded=True) as served:
        api = FakeGitHub(served, timezone.now)
        api.has(TEMPLATE, 5, is_template=True)
        api.users[MIRA["id"]] = MIRA["login"]
        host = Host(api, tmp_path / "host", f"{live_server.url}/hooks/github/")
        host.answer_log_ins(log_in)
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
        pipeline.service |= service_environment(api.address, live_server.url)
        yield host


@pytest.fixture
def instructor(stage: Stage, course: Course) -> str:
    """Return the address of an instructor who has been given an empty course."""
    return str(make_enrollment(course, "ines", Role.INSTRUCTOR).account.email)


def make_the_assignment(walk: Walk, *, pattern: str, takes_uploads: bool) -> None:
    """Go through the wizard of one assignment."""
    walk.press("Assignments", "link")
    walk.press("New assignment", "link")
    walk.type("Title", "Doubling")
    walk.type("Short name", "m01")
    walk.press("Keep and go on")
    walk.choose("Suite", "tiny, as it lies in the suites' folder")
    walk.type("Repositories", pattern)
    walk.set_box("Takes uploads", takes_uploads)
    for _ in range(3):  # suite, dates, lateness: as they stand
        walk.press("Keep and go on")
    walk.press(re.compile("^Make it, and open it"))
    walk.sees("Doubling is open.")


def test_with_no_github_at_all_a_student_enrols_uploads_and_reads_the_report(stage, course, instructor, settings):
    settings.ASSAY_WEBHOOK_SECRETS = []
    link: list[str] = []

    def teach(walk: Walk) -> None:
        walk.log_in(instructor, PASSWORD)
        make_the_assignment(walk, pattern="", takes_uploads=True)
        walk.press("People", "link")
        walk.press("Invitations", "link")
        walk.set_box("Students may join by themselves")
        walk.set_box("who know the course's code")
        walk.set_box("Staff let each one in", is_ticked=False)
        walk.press("Save")
        link.append(walk.page.locator("a[href*='/join/']").inner_text())
        walk.end(most_clicks=15)

    def learn(walk: Walk) -> None:
        walk.type("E-mail address", "mira@example.edu")
        walk.press("Send me the link")
        walk.sees("We sent a mail")
        walk.open(re.search(r"http://\S+/join/address/\S+", mail.outbox[-1].body)[0])  # type: ignore[index]
        for label, text in {"Your name": "Mira", "Password": PASSWORD, "The password again": PASSWORD}.items():
            walk.type(label, text)
        walk.press("Make the account and join")
        walk.press(re.compile("^Hand in"), "link")
        walk.drop_file("form[data-most-bytes]", "work.zip", make_zip(WORK))
        walk.sees("work.zip, 1 KiB")
        walk.press("Show what is in them")
        walk.sees("Everything that this assignment asks for is there.")
        walk.press("Hand in exactly this")
        expect(walk.page.locator("#report")).to_contain_text(FULL, timeout=PATIENCE_MS)
        walk.end(most_clicks=7)

    walk(stage, "instructor, without GitHub", f"/courses/{course.slug}/", teach)
    walk(stage, "student, without GitHub", link[0], learn)


def test_with_github_a_push_comes_back_as_a_check_run_and_a_report(hub, stage, course, instructor, tmp_path):
    roster = tmp_path / "classroom_roster.csv"
    roster.write_text(
        f'"identifier","github_username","github_id","name"\n"S1","{MIRA["login"]}","{MIRA["id"]}","Mira"\n'
    )
    told = told_installation(INSTALLATION, OWNER, EVERYTHING)
    hub.announce("installation", {"action": "created", "installation": told})
    links: dict[str, str] = {}

    def teach(walk: Walk) -> None:
        walk.log_in(instructor, PASSWORD)
        make_the_assignment(walk, pattern=f"{OWNER}/m01-{{login}}", takes_uploads=False)
        walk.press("People", "link")
        walk.press("Import a roster", "link")
        walk.choose_file("Roster", roster)
        walk.press("Show what would change")
        walk.press("Import")
        walk.press("Invite whoever is on it", "link")
        walk.press("Invite everybody")
        walk.clicks += 1
        walk.page.locator("details summary", has_text="Show").first.click()
        links["person"] = walk.page.locator("details code").first.inner_text()
        walk.open(f"/courses/{course.slug}/assignments/m01/")
        walk.press("Repositories", "link")
        walk.type("Template", TEMPLATE)
        walk.press("Make them from this")
        links["repository"] = walk.page.get_by_text(re.compile("^http.*/repository/$")).inner_text()
        walk.end(most_clicks=21)

    def learn(walk: Walk) -> None:
        walk.press(re.compile("Go on with GitHub"), "link")
        walk.sees("Machine Learning Systems")
        walk.open(links["repository"])
        walk.press("Make my repository")
        name = f"{OWNER}/m01-{MIRA['login']}"
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while f"{name} is yours" not in walk.page.inner_text("main"):
            assert time.monotonic() < deadline, walk.page.inner_text("main")
            walk.page.wait_for_timeout(200)
            walk.page.reload()
        commit = hub.push(name, WORK)
        while not any(each["status"] == "completed" for each in hub.api.check_runs.values()):
            assert time.monotonic() < deadline, hub.api.asked[-20:]
            walk.page.wait_for_timeout(200)
        (check,) = hub.api.check_runs.values()
        assert (check["head_sha"], check["conclusion"]) == (commit, "success")
        assert "10 of 10" in json.dumps(check["output"])
        walk.open(check["details_url"])
        expect(walk.page.locator("#report")).to_contain_text(FULL)
        walk.end(most_clicks=4)

    walk(stage, "instructor, with GitHub", f"/courses/{course.slug}/", teach)
    walk(stage, "student, with GitHub", links["person"], learn)
