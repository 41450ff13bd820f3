"""The demonstration: its parts, and once the whole of it: `course_admin/demo/`."""

import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from course_admin.demo import announce
from course_admin.demo.processes import INHERITED, DemoError, Processes, choose_port, grading_environment
from course_admin.demo.run import MARKER, fresh_folder
from course_admin.demo.students import MODULE, STUDENTS
from course_admin.integrations.github.push import announcement
from course_admin.integrations.github.signature import is_signed
from tests.factories import COMMIT

ROOT = Path(__file__).resolve().parents[2]
CONFIG = {"full_name": "tinytorch-class/m01-mira", "repository_id": 7, "login": "mira", "secret": "s"}
ZERO = "0" * 40


def test_the_hook_announces_what_the_service_reads():
    payload = announce.payload(CONFIG, ZERO, COMMIT, "refs/heads/main")
    read = announcement(json.loads(json.dumps(payload)), "delivery-1")
    assert (read.full_name, read.repository_id, read.commit_id) == ("tinytorch-class/m01-mira", 7, COMMIT)
    assert (read.ref, read.is_deletion, read.sender_login) == ("refs/heads/main", False, "mira")
    assert announcement(announce.payload(CONFIG, COMMIT, ZERO, "refs/heads/x"), "delivery-2").is_deletion


def test_the_hook_signs_as_github_does(httpserver):
    httpserver.expect_request("/hooks/github/", method="POST").respond_with_json({"message": "stored"}, status=202)
    body = json.dumps(announce.payload(CONFIG, ZERO, COMMIT, "refs/heads/main")).encode()
    assert announce.announce({**CONFIG, "url": httpserver.url_for("/hooks/github/")}, body) == "stored"
    request, _ = httpserver.log[0]
    assert is_signed(request.data, request.headers["X-Hub-Signature-256"], ["s"])
    assert not is_signed(request.data, request.headers["X-Hub-Signature-256"], ["t"])
    assert request.headers["X-GitHub-Event"] == "push"


def test_a_service_that_is_away_or_refuses_is_said_and_not_raised(httpserver):
    httpserver.expect_request("/no/").respond_with_json({"message": "wrong signature"}, status=401)
    assert "401" in announce.announce({**CONFIG, "url": httpserver.url_for("/no/")}, b"{}")
    assert announce.announce({**CONFIG, "url": "http://127.0.0.1:9/"}, b"{}").startswith("not announced")


def test_a_busy_port_is_named_and_without_a_wish_a_free_one_is_found():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(DemoError, match=f"Port {port} cannot be used .*--port"):
            choose_port(port)
    assert choose_port(None) > 0


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(DemoError, match="holds something else"), fresh_folder(tmp_path):
        pass
    assert (tmp_path / "thesis.tex").exists()


def test_each_start_begins_afresh_and_alone(tmp_path):
    folder = tmp_path / "demo"
    with fresh_folder(folder):
        (folder / "old").mkdir()
        with pytest.raises(DemoError, match="Another demonstration is running"), fresh_folder(folder):
            pass
    with fresh_folder(folder):
        assert [path.name for path in folder.iterdir()] == [MARKER]


def test_a_process_that_ends_is_named_with_its_last_words(tmp_path):
    processes = Processes(tmp_path)
    processes.start("web", [sys.executable, "-c", "print('the port is gone'); raise SystemExit(3)"], {})
    processes.running[0][1].wait()
    with pytest.raises(DemoError, match=r"The process web ended with 3; see .*the port is gone"):
        processes.check()


@pytest.mark.medium
def test_a_process_that_will_not_end_is_ended_with_its_children(tmp_path, monkeypatch):
    monkeypatch.setattr("course_admin.demo.processes.POLITE_SECONDS", 0.2)
    script = (
        "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); child = os.fork(); "
        "open(str(os.getpid()), 'w').close() if not child else None; time.sleep(600)"
    )
    processes = Processes(tmp_path)
    processes.start("deaf", [sys.executable, "-c", f"import os; os.chdir({str(tmp_path)!r}); {script}"], {})
    deadline = time.monotonic() + 20
    while not (children := [path.name for path in tmp_path.iterdir() if path.name.isdigit()]):
        assert time.monotonic() < deadline
    processes.stop()
    assert is_gone(int(children[0]))


def is_gone(pid: int) -> bool:
    """Say whether a process has ended; a zombie has."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
    return False


def test_the_grading_worker_is_told_no_secret(monkeypatch):
    told = grading_environment()
    assert set(told) - set(INHERITED) == {
        "BROKER_URL",
        "ASSAY_ARCHIVES",
        "ASSAY_VAR",
        "ASSAY_SANDBOX",
        "PYTHONUNBUFFERED",
    }
    assert not any(word in " ".join(told).upper() for word in ("SECRET", "TOKEN", "DATABASE", "PASSWORD"))


def test_every_student_has_a_package_and_a_plan():
    for student in STUDENTS:
        files = student.files()
        assert MODULE in files
        assert student.is_as_planned(student.lowest_percent)
        assert not student.is_as_planned(None)
        assert not student.is_as_planned(student.highest_percent + 1)


class Browser:
    """Somebody with cookies."""

    def __init__(self, address: str) -> None:
        self.address = address
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)

    def get(self, path: str) -> str:
        return self.opener.open(self.address + path, timeout=30).read().decode()

    def log_in(self, name: str, password: str) -> None:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get("/accounts/login/")).group(1)
        form = {"username": name, "password": password, "csrfmiddlewaretoken": token}
        self.opener.open(f"{self.address}/accounts/login/", urllib.parse.urlencode(form).encode(), timeout=30)


def hears_ctrl_c() -> None:
    """Undo what a shell does to its background jobs, which would otherwise hand it on: they ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.bubblewrap
def test_the_whole_demonstration_ends_as_planned_serves_and_leaves_nothing(tmp_path):
    folder = tmp_path / "demo"
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "ASSAY_SANDBOX": "bubblewrap"}
    command = [sys.executable, "manage.py", "demo", "--folder", str(folder)]
    with (tmp_path / "out").open("wb") as out:
        demo = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=out, stderr=out, preexec_fn=hears_ctrl_c)
    try:
        shown = ""
        while "Serving at" not in shown:
            shown = (tmp_path / "out").read_text()
            assert demo.poll() is None, shown
            time.sleep(0.5)
        assert "NO" not in re.findall(r"│ (yes|NO) ", shown)
        # Every queue has somebody who serves it: a suite that is sent to be checked is checked.
        logs = {path.stem: path.read_text() for path in (folder / "logs").glob("*.log")}
        assert {
            name for name in ("record", "intake", "sync", "grader", "checker") if "ready." not in logs[name]
        } == set()
        assert len(re.findall(r"│ yes ", shown)) == len(STUDENTS)
        names = sorted(path.name for path in (folder / "exports").iterdir())
        assert names == sorted([*(f"{student.login}-results.json" for student in STUDENTS), "gradebook.csv"])
        assert json.loads((folder / "exports" / "mira-okafor-results.json").read_text())["score"] == 100

        address = re.search(r"Serving at (http://\S+?)/ until", shown).group(1)
        password = re.search(r"│ ines-moreau@example.edu +│ (\S+)", shown).group(1)
        ines = Browser(address)
        ines.log_in("ines-moreau@example.edu", password)
        assert ines.get("/").count("/attempts/att_") == len(STUDENTS)
        assert "Mal Ory" in ines.get("/courses/tinytorch/gradebook.csv")
        demo.send_signal(signal.SIGINT)
        code = demo.wait(60)
    finally:
        if demo.poll() is None:
            demo.terminate()
            demo.wait(60)
    assert code == 0
    left = subprocess.run(["pgrep", "--full", str(folder)], capture_output=True, text=True).stdout.split()
    assert left == []
