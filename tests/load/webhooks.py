"""A flood of webhooks: `python -m tests.load.webhooks` makes an installation of its own and prints what it measured.

By default 100 signed announcements a second for 60 s from 300 students, every tenth delivered twice, against gunicorn and
PostgreSQL; nothing is fetched or graded meanwhile. Exits with 1 if one is lost or doubled, or if the 99th percentile is above
300 ms. Its sender needs about a third of a core. Needs PostgreSQL's and Redis' programs and root; listens on 127.0.0.1 alone.
"""

import argparse
import hashlib
import http.client
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from course_admin.demo.announce import NO_COMMIT, payload
from tests.load.host import ANSWER_SECONDS, Delivery
from tests.load.installation import Installation
from tests.load.make_course import SUITE as SUITE_NAME
from tests.load.make_course import full_name, login
from tests.load.servers import HOST, Postgres, Redis
from tests.load.tiny_suite import SUITE

SENDERS = 64
STUDENTS = 300
P99_MILLISECONDS = 300.0
WORK_OFF = """import django; django.setup()
from course_admin.submissions.intake.announcements.rush import work_off
while work_off(): pass"""
TWICE_EACH = 10  # every so many deliveries one comes twice


@dataclass
class Figures:
    """What was measured: milliseconds of each delivery from its sending to its answer, and how the answers were."""

    milliseconds: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    def percentile(self, percent: int) -> float:
        """Return a percentile of the times."""
        return statistics.quantiles(self.milliseconds, n=100)[percent - 1]


def deliveries(count: int, students: int) -> list[Delivery]:
    """Return the announcements, signed: each student's pushes lead on from one another."""
    heads: dict[int, str] = {}
    made = []
    for number in range(count):
        student = number % students
        facts = {"full_name": full_name(student), "repository_id": 7_000 + student, "login": login(student)}
        commit = hashlib.sha1(f"{number}".encode()).hexdigest()
        told = payload(facts, heads.get(student, NO_COMMIT), commit, "refs/heads/main")
        heads[student] = commit
        made.append(Delivery(str(uuid.uuid4()), json.dumps(told).encode()))
    return made


def send(port: int, delivery: Delivery, headers: dict[str, str], figures: Figures) -> None:
    """Send one delivery once, as GitHub does."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("POST", "/hooks/github/", delivery.body, headers)
        answer = connection.getresponse()
        answer.read()
        figures.answers[str(answer.status)] += 1
    except (OSError, http.client.HTTPException) as problem:
        figures.answers[type(problem).__name__] += 1
    finally:
        connection.close()
    figures.milliseconds.append((time.perf_counter() - began) * 1000)


def cpu_seconds(group: int) -> float:
    """Return the processor time that the processes of a group have used so far."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def flood(port: int, made: list[Delivery], rate: float) -> Figures:
    """Send everything at an even rate, whether or not the answers keep up."""
    figures = Figures()
    signed = [(delivery, delivery.headers) for delivery in made]
    began = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as senders:
        for number, (delivery, headers) in enumerate(signed):
            time.sleep(max(began + number / rate - time.perf_counter(), 0.0))
            for _ in range(2 if number % TWICE_EACH == 0 else 1):
                senders.submit(send, port, delivery, headers, figures)
    return figures


@contextmanager
def web_alone(students: int) -> Iterator[tuple[Installation, Postgres]]:
    """Run a web server, its database and its broker, with a course; nobody reads the queues."""
    folder = Path(tempfile.mkdtemp(prefix="assay-webhooks-"))
    folder.chmod(0o755)  # PostgreSQL's own user reaches its data
    postgres, redis = Postgres(folder), Redis(folder)
    caching = redis.url.removesuffix("/0") + "/1"
    installation = Installation(folder, postgres, redis, None, ASSAY_POLL_SECONDS="0", CACHE_URL=caching)
    try:
        postgres.start()
        redis.start()
        suite = folder / "suites" / SUITE_NAME
        suite.mkdir(parents=True)
        for name, text in SUITE.items():
            (suite / name).write_text(text)
        installation.manage("manage.py", "migrate", "--verbosity", "0")
        installation.manage("-m", "tests.load.make_course", str(students))
        installation.web.start()
        installation.wait_for_web()
        yield installation, postgres
    finally:
        installation.stop()
        redis.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Flood, count, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=100.0, help="deliveries a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--students", type=int, default=STUDENTS)
    given = parser.parse_args()
    made = deliveries(int(given.rate * given.seconds), given.students)
    with web_alone(given.students) as (installation, postgres):
        assert installation.web.popen is not None
        group = installation.web.popen.pid
        before = cpu_seconds(group)
        figures = flood(installation.port, made, given.rate)
        used = cpu_seconds(group) - before
        with postgres.connect() as connection:
            rushed = connection.execute("SELECT count(*) FROM submissions_waitingannouncement").fetchall()[0][0]
        began = time.perf_counter()
        installation.manage("-c", WORK_OFF)
        worked_off = time.perf_counter() - began
        with postgres.connect() as connection:
            stored = Counter(
                row[0] for row in connection.execute("SELECT delivery_id FROM submissions_push").fetchall()
            )
            twins = connection.execute(
                "SELECT count(*) FROM (SELECT 1 FROM submissions_push GROUP BY repository_id, before_id, commit_id"
                " HAVING count(*) > 1) AS more"
            ).fetchall()[0][0]
    lost = sum(each.delivery_id not in stored for each in made)
    doubled = twins + sum(times > 1 for times in stored.values())
    p50, p99 = figures.percentile(50), figures.percentile(99)
    sys.stdout.write(
        f"{len(made)} pushes, {len(figures.milliseconds)} deliveries at {given.rate:g} a second: answers {dict(figures.answers)}\n"
        f"lost {lost}, doubled {doubled}; p50 {p50:.0f} ms, p99 {p99:.0f} ms, longest {max(figures.milliseconds):.0f} ms;"
        f" {rushed} of them were stored for later, and worked off by one process in {worked_off:.0f} s;"
        f" the web server used {used * 1000 / len(figures.milliseconds):.1f} ms of a processor for each\n"
    )
    return 0 if lost == doubled == 0 and p99 < P99_MILLISECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
