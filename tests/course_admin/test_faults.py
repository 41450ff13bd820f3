"""Everything dies while 200 pushes are under way, and each still ends in one graded run with the right points.

A whole installation of the test's own: PostgreSQL, Redis, a Docker Engine, a web server, a service worker, a clock, a
grading worker on bubblewrap and one on Docker. The test is the process manager and GitHub: it starts again what ended,
and sends again what was not answered. It waits for conditions that it reads from the database, never for time.
"""

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from grader.worker.grade import EXIT_UNFIT
from tests.conftest import requires_all
from tests.load.host import Delivery, Host, make_repository
from tests.load.installation import SERVICE_PROCESSES, Installation
from tests.load.make_course import SUITE as SUITE_NAME
from tests.load.servers import DockerEngine, Postgres, Redis, missing_programs
from tests.load.tiny_suite import SUITE

PUSHES = 200
BETWEEN_FAULTS = 12  # runs that are graded before the next one
DEADLINE_SECONDS = 450
#: What students hand in, one kind after the other. The fourth takes long enough to be killed while it runs.
KINDS = {
    "right": "def double(x):\n    return 2 * x\n",
    "wrong for negative numbers": "def double(x):\n    return abs(2 * x)\n",
    "broken": "def double(x:\n",
    "slow": "import time\n\n\ndef double(x):\n    time.sleep(1)\n    return -2 * abs(x)\n",
}
SETTINGS = {
    "ASSAY_LEASE_SECONDS": "10",
    "ASSAY_TICK_SECONDS": "1",
    "ASSAY_MAX_IN_FLIGHT": "8",
    "ASSAY_RUN_TRIES": "10",  # one run may meet every fault of this test
    "ASSAY_FETCH_TRIES": "10",
    "ASSAY_POLL_SECONDS": "0",  # its host announces a push up to minutes after it, and the webhook is what is tested
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.docker,
    pytest.mark.bubblewrap,
    pytest.mark.timeout(DEADLINE_SECONDS + 120),
]


@dataclass
class World:
    """The installation, its servers, its host, and what has been pushed."""

    folder: Path
    postgres: Postgres
    redis: Redis
    docker: DockerEngine
    installation: Installation
    host: Host
    kinds: dict[str, tuple[Path, str]]
    pushed: int = 0
    answers: list[Future[None]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    story: list[str] = field(default_factory=list)

    def push(self, count: int) -> None:
        """Let this many more students push, each another kind than the one before."""
        self.answers += self.host.announce([self._delivery() for _ in range(count)])

    def _delivery(self) -> Delivery:
        bare, commit = list(self.kinds.values())[self.pushed % len(self.kinds)]
        self.pushed += 1
        return self.host.push(self.pushed - 1, bare, commit)

    def ask(self, question: str) -> list[tuple]:
        """Return the rows of a query."""
        with self.postgres.connect() as connection:
            return connection.execute(question).fetchall()

    def states(self) -> Counter[str]:
        """Return how many runs are in each state."""
        return Counter(dict(self.ask("SELECT state, count(*) FROM submissions_run GROUP BY state")))

    def tell(self, what: str) -> None:
        """Note what happened, and when."""
        self.story.append(f"{time.monotonic() - self.began:5.0f} s  {what}: {dict(self.states())}")

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Keep everything up until the condition holds; fail with every log after the deadline."""
        while not condition():
            if time.monotonic() - self.began > DEADLINE_SECONDS:
                self.tell(f"gave up waiting until {what}")
                pytest.fail("\n".join([*self.story, self.installation.logs()]), pytrace=False)
            self.installation.keep_up()
            time.sleep(0.2)
        self.tell(what)


@pytest.fixture
def world() -> Iterator[World]:
    if reason := missing_programs():
        pytest.fail(reason) if requires_all() else pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="assay-faults-"))
    folder.chmod(0o755)  # PostgreSQL's own user reaches its data
    postgres, redis, docker = Postgres(folder), Redis(folder), DockerEngine(folder)
    installation = Installation(folder, postgres, redis, docker, **SETTINGS)
    host = Host(folder / "host", installation.port)
    try:
        for server in (postgres, redis, docker):
            server.start()
        docker.take_images()
        yield World(folder, postgres, redis, docker, installation, host, made_kinds(folder))
    finally:
        host.stop()
        installation.stop()
        for server in (docker, redis, postgres):
            server.stop()
        shutil.rmtree(folder)


def made_kinds(folder: Path) -> dict[str, tuple[Path, str]]:
    """Write the suite, and make a repository of each kind."""
    suite = folder / "suites" / SUITE_NAME
    suite.mkdir(parents=True)
    for name, text in SUITE.items():
        (suite / name).write_text(text)
    made = {}
    for number, (kind, code) in enumerate(KINDS.items()):
        bare = folder / "kinds" / f"{number}.git"
        made[kind] = bare, make_repository(bare, {"tiny/__init__.py": "", "tiny/core.py": code})
    return made


def start(world: World) -> None:
    """Make the course and start every process."""
    world.installation.manage("manage.py", "migrate", "--verbosity", "0")
    world.installation.manage("-m", "tests.load.make_course", str(PUSHES + len(KINDS)))
    world.installation.start()


def is_slow_one_running(world: World) -> bool:
    """Say whether a run that takes seconds has begun."""
    return bool(
        world.ask(
            "SELECT 1 FROM submissions_run run JOIN submissions_attempt attempt ON attempt.id = run.attempt_id"
            f" WHERE run.state = 'running' AND attempt.commit_id = '{world.kinds['slow'][1]}'"
        )
    )


def kill_graders(world: World) -> None:
    world.wait_until(lambda: is_slow_one_running(world), "a slow run is under way")
    for grader in world.installation.graders.values():
        grader.kill()
    world.tell("the grading workers were killed")


def lose_redis(world: World) -> None:
    """Take the broker away with all its messages while the service worker is in the middle of as many as it can hold."""
    with psycopg.connect(world.postgres.url) as holding:
        holding.execute("LOCK TABLE submissions_run IN SHARE ROW EXCLUSIVE MODE")
        held = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        world.wait_until(lambda: world.ask(held)[0][0] >= SERVICE_PROCESSES, "the service worker is in mid-report")
        world.redis.kill()
    world.push(12)
    world.wait_until(lambda: all(answer.done() for answer in world.answers), "webhooks are answered without a broker")
    world.redis.start()
    world.tell("Redis was lost and came back empty")


def crash_postgres(world: World) -> None:
    world.wait_until(lambda: world.states()["running"] > 0, "runs are under way")
    world.postgres.crash_and_restart()
    world.tell("PostgreSQL crashed and recovered")


def kill_web_in_mid_webhook(world: World) -> None:
    """Hold every webhook in the middle of its transaction, and kill the web server there."""
    with psycopg.connect(world.postgres.url) as holding:
        holding.execute("LOCK TABLE submissions_push IN SHARE ROW EXCLUSIVE MODE")
        world.push(12)
        held = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO %_push%'"
        world.wait_until(lambda: bool(world.ask(held)), "a webhook is in the middle of its transaction")
        world.installation.web.kill()
    world.wait_until(lambda: all(answer.done() for answer in world.answers), "all webhooks were sent again")


def kill_docker(world: World) -> None:
    world.wait_until(lambda: world.states()["running"] > 0, "runs are under way")
    world.docker.kill()
    world.push(40)
    exits = world.installation.graders["docker"].exits
    world.wait_until(lambda: EXIT_UNFIT in exits, "the worker on Docker took itself out of the queue")
    world.docker.start()
    world.tell("the Docker Engine was killed and came back")


def kill_service(world: World) -> None:
    world.wait_until(lambda: world.redis.messages() > 0, "the broker holds messages")
    world.installation.worker.kill()
    world.installation.beat.kill()
    world.tell("the service worker and the clock were killed")


#: Each fault, and how many students push before it.
FAULTS: list[tuple[int, Callable[[World], None]]] = [
    (32, kill_graders),
    (24, lose_redis),
    (24, crash_postgres),
    (16, kill_web_in_mid_webhook),
    (16, kill_docker),
    (12, kill_service),
    (12, kill_graders),
]


def points_by_kind(world: World, of_pushes: str) -> dict[str, list[tuple]]:
    """Return, for each kind, the different outcomes of its graded runs."""
    rows = world.ask(
        "SELECT DISTINCT attempt.commit_id, run.score, run.max_score, run.notes::text FROM submissions_run run"
        " JOIN submissions_attempt attempt ON attempt.id = run.attempt_id"
        f" JOIN submissions_push push ON push.id = attempt.push_id WHERE push.id {of_pushes}"
    )
    return {kind: [row[1:] for row in rows if row[0] == commit] for kind, (_, commit) in world.kinds.items()}


def test_every_push_ends_in_one_right_grade_whatever_dies(world):
    start(world)
    world.push(len(KINDS))
    calm = len(KINDS)
    world.wait_until(lambda: world.states() == {"graded": calm}, "the calm runs are graded")
    ((last_calm,),) = world.ask("SELECT max(id) FROM submissions_push")
    without_faults = points_by_kind(world, f"<= {last_calm}")
    assert {kind: [row[:2] for row in rows] for kind, rows in without_faults.items()} == {
        "right": [(8, 8)],
        "wrong for negative numbers": [(5, 8)],
        "broken": [(0, 8)],
        "slow": [(3, 8)],
    }

    for students, fault in FAULTS:
        world.push(students)
        wanted = world.states()["graded"] + BETWEEN_FAULTS
        world.wait_until(lambda: world.states()["graded"] >= wanted, "the last fault is over")  # noqa: B023
        fault(world)
    world.push(calm + PUSHES - world.pushed)
    world.wait_until(lambda: all(answer.done() for answer in world.answers), "every webhook was answered")
    world.wait_until(
        lambda: (
            world.states()["graded"] == calm + PUSHES
            or not set(world.states()) <= {"queued", "dispatched", "running", "graded"}
        ),
        "all are graded",
    )

    print("\n".join(world.story))  # noqa: T201 - shown by pytest if anything below fails
    for answer in world.answers:
        answer.result()
    assert world.states() == {"graded": calm + PUSHES}
    assert world.ask("SELECT state, count(*) FROM submissions_push GROUP BY state") == [("attempted", calm + PUSHES)]
    one_each = "SELECT count(*), count(DISTINCT student_id), max(number) FROM submissions_attemptmember"
    assert world.ask(one_each) == [(calm + PUSHES, calm + PUSHES, 1)]
    assert world.ask("SELECT count(*), count(DISTINCT attempt_id) FROM submissions_run") == [(calm + PUSHES,) * 2]
    checks = (
        "SELECT DISTINCT checks FROM (SELECT count(*) AS checks FROM submissions_check GROUP BY run_id) AS each_run"
    )
    assert world.ask(checks) == [(2,)]
    assert points_by_kind(world, f"> {last_calm}") == without_faults
    # The faults were real: workers died with runs, and the web server with a webhook.
    assert world.ask("SELECT count(*) > 0 FROM submissions_run WHERE tries > 1") == [(True,)]
    assert world.host.unanswered
