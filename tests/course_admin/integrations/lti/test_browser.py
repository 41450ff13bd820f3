"""A launch inside of a platform's frame, in a real Chromium that takes no cookies of ours there, or none at all.

Which of our pages the frame comes to says what the browser could do: `leave` believes the launch, `window` is the last way.
"""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test.signals import template_rendered
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from course_admin.integrations.lti.launch.claims import CORE
from tests.course_admin.integrations.lti.fake_platform import FakePlatform, now

CHROMIUM = shutil.which("chromium")
SECONDS = 120.0  # a browser takes some to start on a busy machine
ENDS = {"lti/leave.html", "lti/window.html", "lti/refused.html"}

COURSE_PAGE = """<!DOCTYPE html><title>CS 4210</title><iframe src="%(login)s"></iframe><script>
const kept = {};
window.addEventListener("message", (event) => {
  const said = event.data;
  if (event.origin !== "%(tool)s") return;
  if (said.subject === "lti.put_data") kept[said.key] = said.value;
  else if (said.subject !== "lti.get_data") return;
  event.source.postMessage({ ...said, subject: said.subject + ".response", value: kept[said.key] }, event.origin);
});
</script>"""
ANSWER_PAGE = """<!DOCTYPE html><form method="post" action="%(back)s"><input name="id_token" value="%(token)s">
<input name="state" value="%(state)s"></form><script>document.forms[0].submit();</script>"""

NO_COOKIES = {"default_content_setting_values": {"cookies": 2}}
NONE_IN_FRAMES = {"block_third_party_cookies": True, "cookie_controls_mode": 1}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Debian chromium here: apt-get install chromium"),
]


class Course:
    """A course's page at a platform, whose frame holds us."""

    def __init__(self, platform: FakePlatform, tool: str, storage: str) -> None:
        self._platform, self._tool = platform, tool
        self._storage = {"lti_storage_target": storage} if storage else {}
        platform.meddle = self.answer

    @property
    def address(self) -> str:
        """Return where it is."""
        return f"{self._platform.address}/course"

    def answer(self, request: Request) -> Response | None:
        """Show the course's page, and send a browser that asks who it is back with a launch."""
        if request.path == "/course":
            told = {"iss": self._platform.address, "login_hint": "hint", "target_link_uri": f"{self._tool}/lti/launch/"}
            login = f"{self._tool}/lti/login/?{urlencode(told | self._storage)}"
            page = COURSE_PAGE % {"login": login, "tool": self._tool}
        elif request.path == "/auth":
            claims = self._platform.claims(request.args["nonce"], now())
            claims[f"{CORE}target_link_uri"] = f"{self._tool}/lti/launch/"
            told = {"back": request.args["redirect_uri"], "state": request.args["state"]}
            page = ANSWER_PAGE % {**told, "token": self._platform.sign(claims)}
        elif request.path == "/favicon.ico":
            return Response("", 404)
        else:
            return None
        return Response(page, content_type="text/html")


@pytest.fixture
def fake(settings: Any) -> Iterator[FakePlatform]:
    """Return a platform that answers a browser's spare connections beside its requests."""
    settings.ASSAY_LTI_PRIVATE_HOSTS = ["localhost", "127.0.0.1"]
    with HTTPServer(threaded=True) as server:
        yield FakePlatform(server)
        server.check()


@pytest.fixture
def comes_to(tmp_path) -> Iterator[Any]:
    """Return what opens a page in a Chromium with some preferences, and waits for the page of ours that ends the launch."""
    shown: SimpleQueue[str] = SimpleQueue()

    def note(template: Any, **_told: Any) -> None:
        if template.name in ENDS:
            shown.put(template.name)

    def open_page(url: str, preferences: dict[str, Any]) -> str:
        (tmp_path / "Default").mkdir()
        (tmp_path / "Default/Preferences").write_text(json.dumps({"profile": preferences}))
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={tmp_path}"]
        with subprocess.Popen(
            [str(CHROMIUM), *options, "--remote-debugging-port=0", url],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as browser:
            try:
                return re.sub(r"lti/|\.html", "", shown.get(timeout=SECONDS))
            except Empty:
                return "nowhere"
            finally:
                os.killpg(browser.pid, signal.SIGKILL)

    template_rendered.connect(note)
    yield open_page
    template_rendered.disconnect(note)


@pytest.mark.parametrize(
    ("preferences", "storage", "page"),
    [
        pytest.param(NO_COOKIES, "_parent", "leave", id="the platforms storage without any cookie"),
        pytest.param(NO_COOKIES, "not_there", "leave", id="a storage frame that is not there, and the page answers"),
        pytest.param(NONE_IN_FRAMES, "", "leave", id="a partitioned cookie where others are refused"),
        pytest.param(NO_COOKIES, "", "window", id="a window of its own as the last way"),
    ],
)
def test_a_launch_in_a_frame_is_believed_without_third_party_cookies(
    transactional_db, live_server, settings, fake, comes_to, preferences, storage, page
):
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "127.0.0.1"]
    fake.register()
    tool = live_server.url.replace("localhost", "127.0.0.1")  # another site than the platform's
    course = Course(fake, tool, storage)
    assert comes_to(course.address, preferences) == page
    reached = {each.path for each in fake.asked}
    assert {"/course", "/auth"} <= reached
