"""A rush before a deadline: `python -m tests.load.rush` makes an installation of its own and prints what it measured.

Three times 60 real pushes in 60 s, with 60 browsers that watch: first with all well, then with Redis stopped (SIGSTOP) for
those 60 s, then with 20 more pushes before them whose git host never answers. Every webhook must be answered within 10 s
and stored, every result be recorded within 10 s after its run, or after the broker is back, and `/health/` answer throughout.
Exits with 1 otherwise. Needs PostgreSQL's and Redis' programs, bubblewrap and root; listens on 127.0.0.1 alone.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tests.grader.source.git_server import GitServer, _Handler
from tests.load.host import ANSWER_SECONDS, Delivery, Host, make_repository
from tests.load.installation import ROOT, Installation
from tests.load.make_course import SUITE as SUITE_NAME
from tests.load.make_course import full_name
from tests.load.servers import Postgres, Redis
from tests.load.tiny_suite import SUITE
from tests.load.watchers import Figures, probe, watch

RESULT_SECONDS = 10.0
SILENT_PUSHES = 20
ENDED = "state IN ('graded', 'needs_attention')"
CODE = "def double(x):\n    return 2 * x\n"


class SilentHandler(_Handler):
    """git over HTTP, of a host that answers nothing for some repositories."""

    def _answer(self, body: bytes) -> None:
        if any(name in self.path for name in self.server.silent):  # type: ignore[attr-defined]
            self.server.released.wait()
        else:
            super()._answer(body)


class HalfSilentServer(GitServer):
    """The git host."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, None)
        self.RequestHandlerClass = SilentHandler
        self.silent: set[str] = set()


@dataclass
class Rush:
    """One of the three: its figures."""

    name: str
    webhooks: Figures = field(default_factory=Figures)
    pages: Figures = field(default_factory=Figures)
    health: Figures = field(default_factory=Figures)
    announced: list[str] = field(default_factory=list)
    broker_back_at: float = 0.0


@dataclass
class Scene:
    """The installation, its servers, and how far the numbers of students have come."""

    installation: Installation
    postgres: Postgres
    redis: Redis
    git: HalfSilentServer
    host: Host
    kind: tuple[Path, str]
    cookies: list[str]
    students: int = 0

    def next_push(self) -> Delivery:
        """Have one more student push."""
        self.students += 1
        return self.host.push(self.students - 1, *self.kind)

    def ask(self, question: str) -> list[tuple]:
        """Return the rows of a query."""
        with self.postgres.connect() as connection:
            return connection.execute(question).fetchall()


def announce(scene: Scene, rush: Rush, delivery: Delivery) -> None:
    """Send one delivery once, as GitHub does, and note what came of it."""
    began = time.monotonic()
    try:
        status = scene.host._post(delivery)
    except OSError as problem:
        rush.webhooks.problems.append(type(problem).__name__)
        return
    rush.webhooks.seconds.append(time.monotonic() - began)
    rush.announced.append(delivery.delivery_id)
    if status != 202:
        rush.webhooks.problems.append(str(status))


def run_rush(
    scene: Scene, name: str, pushes: int, seconds: float, *, stop_redis: bool = False, silent: int = 0
) -> Rush:
    """Push, watch, and return the figures once every push of a host that answers is graded."""
    rush, over = Rush(name), threading.Event()
    first = scene.students + silent
    threads = [threading.Thread(target=probe, args=(scene.installation.port, rush.health, over))]
    watched = scene.cookies[first : first + pushes]
    threads += [
        threading.Thread(target=watch, args=(scene.installation.port, each, rush.pages, over)) for each in watched
    ]
    for thread in threads:
        thread.start()
    try:
        with ThreadPoolExecutor(pushes) as senders:
            for _ in range(silent):
                scene.git.silent.add(full_name(scene.students))
                senders.submit(announce, scene, rush, scene.next_push())
            deliveries = [scene.next_push() for _ in range(pushes)]
            if stop_redis:
                os.kill(scene.redis.process_id, signal.SIGSTOP)
            for delivery in deliveries:
                senders.submit(announce, scene, rush, delivery)
                time.sleep(seconds / pushes)
        if stop_redis:
            os.kill(scene.redis.process_id, signal.SIGCONT)
            rush.broker_back_at = time.time()
        wait_for_grades(scene, scene.students - silenced(scene))
    finally:
        over.set()
        for thread in threads:
            thread.join()
    return rush


def silenced(scene: Scene) -> int:
    """Return how many pushes so far went to a host that never answers."""
    return len(scene.git.silent)


def wait_for_grades(scene: Scene, count: int) -> None:
    """Return once so many runs have ended, graded or shown to staff, or raise after a quarter of an hour."""
    deadline = time.monotonic() + 900
    while scene.ask(f"SELECT count(*) FROM submissions_run WHERE {ENDED}")[0][0] < count:
        if time.monotonic() > deadline:
            raise TimeoutError(scene.installation.logs())
        scene.installation.keep_up()
        time.sleep(0.5)


def result_lags(scene: Scene, rush: Rush) -> list[float]:
    """Return how long each result of a rush was on its way, from its last judging or the broker's return."""
    judged: dict[str, float] = {}
    for log in scene.installation.folder.glob("bubblewrap.log"):
        for line in log.read_text(errors="replace").splitlines():
            if found := re.search(r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)[,.](\d+).*(run_[0-9a-f]{24}) is judged", line):
                moment = datetime.fromisoformat(found.group(1)).timestamp() + int(found.group(2)) / 1000
                judged[found.group(3)] = moment
    chosen = ",".join(f"'{each}'" for each in rush.announced)
    rows = scene.ask(
        "SELECT run.public_id, extract(epoch FROM run.finished_at)::float FROM submissions_run run"
        " JOIN submissions_attempt attempt ON attempt.id = run.attempt_id"
        f" JOIN submissions_push push ON push.id = attempt.push_id WHERE push.delivery_id IN ({chosen})"
    )
    return [finished - max(judged[run], rush.broker_back_at) for run, finished in rows if run in judged]


def report(scene: Scene, rush: Rush) -> bool:
    """Print the figures of a rush; say whether it held."""
    stored = scene.ask(
        "SELECT count(*) FROM submissions_push WHERE delivery_id IN ("
        + ",".join(f"'{e}'" for e in rush.announced)
        + ")"
    )[0][0]
    lags, faults = result_lags(scene, rush), fault_words(scene)
    longest = max(lags, default=float("nan"))
    lines = [
        f"== {rush.name}",
        f"webhooks: {rush.webhooks.summary()}; {stored} of {len(rush.announced)} stored",
        f"pages:    {rush.pages.summary()}",
        f"/health/: {rush.health.summary()}",
        f"results:  {len(lags)}, on their way for {longest:.1f} s at most",
        *(f"fault:    {count} runs: {words}" for words, count in faults),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    quick = max(rush.webhooks.seconds, default=0.0) < ANSWER_SECONDS and longest < RESULT_SECONDS
    return (
        quick
        and bool(lags)
        and not (faults or rush.webhooks.problems or rush.health.problems)
        and stored == len(rush.announced)
    )


def fault_words(scene: Scene) -> list[tuple]:
    """Return why runs went to staff so far, and how many each time."""
    return scene.ask(
        "SELECT left(fault, 120), count(*) FROM submissions_run WHERE state = 'needs_attention' GROUP BY 1"
    )


@contextmanager
def scene_of(students: int) -> Iterator[Scene]:
    """Make everything for a course of so many students, who are logged in, and end it."""
    folder = Path(tempfile.mkdtemp(prefix="assay-rush-"))
    folder.chmod(0o755)  # PostgreSQL's own user reaches its data
    (folder / "host").mkdir()
    postgres, redis, git = Postgres(folder), Redis(folder), HalfSilentServer(folder / "host")
    settings = {
        "ASSAY_POLL_SECONDS": "0",
        "ASSAY_CLONE_URL": f"http://127.0.0.1:{git.server_address[1]}/{{full_name}}.git",
        "ASSAY_CLONE_FROM_PRIVATE_NETWORK": "true",
        "CACHE_URL": redis.url.removesuffix("/0") + "/1",
    }
    installation = Installation(folder, postgres, redis, None, **settings)
    host = Host(folder / "host", installation.port)
    threading.Thread(target=git.serve_forever, daemon=True).start()
    try:
        postgres.start()
        redis.start()
        suite = folder / "suites" / SUITE_NAME
        suite.mkdir(parents=True)
        for name, text in SUITE.items():
            (suite / name).write_text(text)
        bare = folder / "kind.git"
        kind = bare, make_repository(bare, {"tiny/__init__.py": "", "tiny/core.py": CODE})
        installation.manage("manage.py", "migrate", "--verbosity", "0")
        installation.manage("-m", "tests.load.make_course", str(students))
        command = [sys.executable, "-m", "tests.load.make_watchers", str(students)]
        made = subprocess.run(command, cwd=ROOT, env=installation.service, check=True, capture_output=True, text=True)
        installation.start()
        yield Scene(installation, postgres, redis, git, host, kind, json.loads(made.stdout))
    finally:
        git.released.set()
        host.stop()
        installation.stop()
        git.shutdown()
        redis.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Run the three, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pushes", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    with scene_of(3 * given.pushes + SILENT_PUSHES) as scene:
        told = {"pushes": given.pushes, "seconds": given.seconds}
        held = [
            report(scene, run_rush(scene, "all well", **told)),
            report(scene, run_rush(scene, "Redis stopped", stop_redis=True, **told)),
            report(scene, run_rush(scene, "a git host that never answers", silent=SILENT_PUSHES, **told)),
        ]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
