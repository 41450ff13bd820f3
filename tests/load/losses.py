"""Losses: `python -m tests.load.losses` makes an installation of its own whose host loses, delays and doubles deliveries.

By default 120 real pushes of 20 students in 60 s; 30 % of their announcements are dropped, come up to 20 s late or come twice, and
the web process is killed every 10 s. What GitHub offers to mend it is the log of its App, which the service reads. Exits with 1
unless each pushed head is one attempt, with its time, and nothing is left unfinished: no push, no tip, no line of the ledger of
what GitHub shows. Needs PostgreSQL's and Redis' programs and root; listens on 127.0.0.1 alone.
"""

import argparse
import base64
import http.client
import json
import logging
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pytest_httpserver import HTTPServer

from course_admin.demo.announce import NO_COMMIT, payload
from tests.course_admin.integrations.github.fake_github import (
    CLIENT_ID,
    EVERYTHING,
    INSTALLATION,
    PEM,
    FakeGitHub,
    told_installation,
)
from tests.load.host import ANSWER_SECONDS, Delivery, make_repository
from tests.load.installation import Installation
from tests.load.make_course import OWNER, full_name, login
from tests.load.make_course import SUITE as SUITE_NAME
from tests.load.servers import HOST, Postgres, Redis
from tests.load.tiny_suite import SUITE

LATEST_SECONDS = 20.0
KILLED_EACH_SECONDS = 10.0
MENDED_SECONDS = 420.0  # what GitHub shows of more pushes than some hundred waits for its limits, for longer
CODE = "def double(x):\n    return 2 * x\n"
UNFINISHED = (
    "SELECT (SELECT count(*) FROM submissions_push WHERE state IN ('received', 'needs_attention'))"
    " + (SELECT count(*) FROM submissions_unannouncedtip) + (SELECT count(*) FROM submissions_parkedpush)"
    " + (SELECT count(*) FROM submissions_waitingannouncement)"
    " + (SELECT count(*) FROM github_app_checkreport WHERE is_open AND (intent <> '' OR shown = ''))"
)


@dataclass
class Truth:
    """One push as it was."""

    commit: str
    at: float
    delivery: Delivery


@dataclass
class Scene:
    """GitHub's part: repositories, announcements, a log."""

    folder: Path
    installation: Installation
    hub: FakeGitHub
    chance: random.Random
    rate: float
    kind: Path
    heads: dict[int, str] = field(default_factory=dict)
    truths: list[Truth] = field(default_factory=list)
    fates: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    timers: list[threading.Timer] = field(default_factory=list)

    def push(self, student: int) -> None:
        """Push a commit to a student's repository, and let chance decide what becomes of its announcement."""
        bare = self.folder / "host" / f"{full_name(student)}.git"
        if not bare.exists():
            shutil.copytree(self.kind, bare)
            self.hub.has(full_name(student), 7_000 + student, default_branch="main")
        before = self.heads.get(student, NO_COMMIT)
        commit = _commit(bare, f"push {len(self.truths)}")
        self.heads[student] = commit
        facts = {"full_name": full_name(student), "repository_id": 7_000 + student, "login": login(student)}
        told = payload(facts, before, commit, "refs/heads/main")
        at = int(time.time())
        told["repository"]["pushed_at"] = at
        delivery = Delivery(str(uuid.uuid4()), json.dumps(told).encode())
        self.truths.append(Truth(commit, float(at), delivery))
        fate = self.chance.choice(("dropped", "delayed", "doubled")) if self.chance.random() < self.rate else "sent"
        self.fates[fate] += 1
        match fate:
            case "dropped":
                self._log(delivery, 0)
            case "delayed":
                timer = threading.Timer(self.chance.random() * LATEST_SECONDS, self.deliver, [delivery])
                self.timers.append(timer)
                timer.start()
            case "doubled":
                self.deliver(delivery)
                self.deliver(delivery)
            case _:
                self.deliver(delivery)

    def deliver(self, delivery: Delivery, event: str = "push") -> None:
        """Send a delivery once, and put what came of it into the log."""
        connection = http.client.HTTPConnection(HOST, self.installation.port, timeout=ANSWER_SECONDS)
        try:
            connection.request("POST", "/hooks/github/", delivery.body, delivery.headers | {"X-GitHub-Event": event})
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException):
            status = 0
        finally:
            connection.close()
        self._log(delivery, status, event)

    def _log(self, delivery: Delivery, status: int, event: str = "push") -> None:
        with self.lock:
            told = {"id": 1 + len(self.hub.deliveries), "guid": delivery.delivery_id, "status_code": status}
            at = datetime.now(UTC).isoformat()
            self.hub.deliveries.append({**told, "delivered_at": at, "event": event})

    def deliver_again(self) -> int:
        """Deliver what the service has asked for since; return how much."""
        with self.lock:
            keys, self.hub.asked_again = self.hub.asked_again, []
            by_key = {each["id"]: each["guid"] for each in self.hub.deliveries}
        again = {by_key[key] for key in keys}
        for truth in [each for each in self.truths if each.delivery.delivery_id in again]:
            self.deliver(truth.delivery)
        return len(again)


def _commit(bare: Path, message: str) -> str:
    """Make a commit of the same files on top of the branch."""

    def git(*arguments: str) -> str:
        named = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.edu")
        command = ["git", *named, *arguments]
        return subprocess.run(command, cwd=bare, check=True, capture_output=True, text=True).stdout.strip()

    commit = git("commit-tree", "main^{tree}", "-p", "main", "-m", message)
    git("update-ref", "refs/heads/main", commit)
    return commit


def play(scene: Scene, pushes: int, students: int, seconds: float) -> int:
    """Have everybody push while the web process is killed again and again; return how often it was."""
    killed, began = 0, time.monotonic()
    next_kill = began + KILLED_EACH_SECONDS / 2
    for number in range(pushes):
        time.sleep(max(began + number * seconds / pushes - time.monotonic(), 0.0))
        if time.monotonic() >= next_kill:
            scene.installation.web.kill()
            scene.installation.keep_up()
            killed, next_kill = killed + 1, next_kill + KILLED_EACH_SECONDS
        scene.push(scene.chance.randrange(students))
        scene.deliver_again()
    for timer in scene.timers:
        timer.join()
    return killed


def mend(scene: Scene, postgres: Postgres, patience_seconds: float) -> float:
    """Wait until everything is taken in; return for how long, or NaN if that is not long enough."""
    began = time.monotonic()
    with postgres.connect() as connection:
        while True:
            scene.installation.keep_up()
            scene.deliver_again()
            unfinished = connection.execute(UNFINISHED).fetchall()[0][0]
            attempts = connection.execute("SELECT count(DISTINCT commit_id) FROM submissions_attempt").fetchall()[0][0]
            if unfinished == 0 and attempts >= len(scene.truths):
                return time.monotonic() - began
            if time.monotonic() > began + patience_seconds:
                missing = len(scene.truths) - attempts
                sys.stdout.write(
                    f"After {patience_seconds:.0f} s {missing} heads are no attempt, {unfinished} lines unfinished\n"
                )
                return float("nan")
            time.sleep(1.0)


def report(scene: Scene, postgres: Postgres, killed: int, mended_seconds: float) -> bool:
    """Print what came of it; say whether it held."""
    with postgres.connect() as connection:
        rows = connection.execute(
            "SELECT a.commit_id, extract(epoch FROM a.received_at)::float, p.found_at IS NOT NULL"
            " FROM submissions_attempt a JOIN submissions_push p ON p.id = a.push_id"
        ).fetchall()
        unfinished = connection.execute(UNFINISHED).fetchall()[0][0]
    times = Counter(commit for commit, _, _ in rows)
    true_at = {truth.commit: truth.at for truth in scene.truths}
    lost = sum(truth.commit not in times for truth in scene.truths)
    doubled = sum(count > 1 for count in times.values())
    late = sum(at > true_at[commit] + 0.001 for commit, at, _ in rows if commit in true_at)
    early = sum(at < true_at[commit] - 0.001 for commit, at, is_found in rows if commit in true_at and not is_found)
    sys.stdout.write(
        f"{len(scene.truths)} pushes: {dict(scene.fates)}, the web process killed {killed} times;"
        f" {len(scene.hub.deliveries)} deliveries in the log\n"
        f"lost {lost}, doubled {doubled}, counted too late {late}, too early {early}, unfinished lines {unfinished};"
        f" mended after {mended_seconds:.0f} s\n"
    )
    return not (lost or doubled or late or early or unfinished)


def main() -> int:
    """Play it, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pushes", type=int, default=120)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--students", type=int, default=20)
    parser.add_argument("--rate", type=float, default=0.3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=float, default=MENDED_SECONDS, help="seconds until all must be mended")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="assay-losses-"))
    folder.chmod(0o755)  # PostgreSQL's own user reaches its data
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = HTTPServer(host=HOST)
    server.start()
    hub = FakeGitHub(server, lambda: datetime.now(UTC))
    hub.owners = {INSTALLATION: OWNER}
    postgres, redis = Postgres(folder), Redis(folder)
    settings = {
        "ASSAY_GITHUB_APP_ID": CLIENT_ID,
        "ASSAY_GITHUB_APP_KEY": base64.b64encode(PEM.encode()).decode(),
        "ASSAY_GITHUB_API_URL": hub.address,
        "ASSAY_CLONE_FROM_PRIVATE_NETWORK": "true",
        "ASSAY_SITE_URL": "http://localhost",
        "ASSAY_POLL_SECONDS": "5",
        "ASSAY_GITHUB_SECONDS": "3",
        "ASSAY_TICK_SECONDS": "2",
        "CACHE_URL": redis.url.removesuffix("/0") + "/1",
    }
    installation = Installation(folder, postgres, redis, None, **settings)
    started = [installation.web, installation.worker, installation.fetcher, installation.syncer, installation.beat]
    installation.graders.clear()
    try:
        postgres.start()
        redis.start()
        (folder / "suites" / SUITE_NAME).mkdir(parents=True)
        for name, text in SUITE.items():
            (folder / "suites" / SUITE_NAME / name).write_text(text)
        kind = folder / "kind.git"
        make_repository(kind, {"tiny/__init__.py": "", "tiny/core.py": CODE})
        installation.manage("manage.py", "migrate", "--verbosity", "0")
        installation.manage("-m", "tests.load.make_course", str(given.students))
        for process in started:
            process.start()
        installation.wait_for_web()
        scene = Scene(folder, installation, hub, random.Random(given.seed), given.rate, kind)
        told = {"action": "created", "installation": told_installation(INSTALLATION, OWNER, EVERYTHING)}
        scene.deliver(Delivery(str(uuid.uuid4()), json.dumps(told).encode()), "installation")
        killed = play(scene, given.pushes, given.students, given.seconds)
        held = report(scene, postgres, killed, mend(scene, postgres, given.patience))
        if not held:
            sys.stdout.write(installation.logs(2_000))
    finally:
        installation.stop()
        server.stop()
        redis.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
