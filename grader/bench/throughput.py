"""What one machine's grading workers carry, over a real Redis: and what the queue adds. Side: worker.

Real workers (`celery --app grader.worker.grade worker`) take real tasks from a Redis database of their own and report to this
process, which stands where the service's recorder stands. The suite is module 01's without its budget tests, so that plain
pytest does the same work. CPU is the whole machine's, by the kernel's count, less what it used while idle before.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from grader.bench.listener import RecordListener
from grader.bench.overhead import PROJECT, REFERENCE, SUITE, plain_seconds
from grader.errors import Fault
from grader.result import RunResult
from grader.source import pack_archive, stage_folder
from grader.suite.bundle import pack_suite
from grader.suite.manifest import Suite, load_suite
from grader.transport.archives import FolderArchives

ALONE = 15  # runs sent one at a time, for the queue's own time
IDLE_SECONDS = 3.0
PATIENCE_SECONDS = 900.0
PLAIN_ROUNDS = 5


def run_throughput(submissions: int, broker_url: str, console: Console) -> dict[str, Any]:
    """Return the figures of `submissions` runs of the reference."""
    plain_cpu = statistics.median(_cpu_of(plain_seconds) for _ in range(PLAIN_ROUNDS))
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        place = Path(folder)
        suite = _functional_suite(place)
        archives = FolderArchives(place / "archives")
        common = {
            "archive_sha256": archives.put(pack_archive(stage_folder(REFERENCE))),
            "suite": suite.name,
            "suite_digest": suite.digest,
            "suite_sha256": archives.put(pack_suite(suite)),
            "seed": 1,
            "heartbeat_seconds": 60.0,
        }
        with RecordListener(broker_url) as listener, _workers(place, broker_url):
            for number in range(2 * (os.cpu_count() or 1)):
                listener.send(f"warm-{number}", common)
            listener.wait(2 * (os.cpu_count() or 1), PATIENCE_SECONDS)
            queue_seconds = [_alone(listener, f"alone-{number}", common) for number in range(ALONE)]
            idle = _idle_rate()
            console.print(f"grading {submissions} submissions", highlight=False)
            busy, began = _busy_seconds(), time.monotonic()
            for number in range(submissions):
                listener.send(f"run-{number}", common)
            listener.wait(submissions, PATIENCE_SECONDS)
            wall = time.monotonic() - began
            cpu = (_busy_seconds() - busy - idle * wall) / submissions
    return {
        "submissions": submissions,
        "submissions_per_minute": round(60 * submissions / wall, 1),
        "cpu_seconds_per_submission": round(cpu, 3),
        "plain_pytest_cpu_seconds": round(plain_cpu, 3),
        "cpu_ratio": round(cpu / plain_cpu, 3),
        "queue_ms_median": round(1000 * statistics.median(queue_seconds), 1),
        "workers": os.cpu_count(),
    }


def _functional_suite(place: Path) -> Suite:
    """Return module 01's suite without its budget tests, as a version of its own."""
    folder = place / "source" / SUITE.name
    folder.mkdir(parents=True)
    for path in SUITE.glob("*"):
        if path.is_file() and path.name != "test_budgets.py":
            (folder / path.name).write_bytes(path.read_bytes())
    manifest = folder / "suite.toml"
    lines = [line for line in manifest.read_text().splitlines() if not line.startswith("points")]
    manifest.write_text("\n".join(lines) + "\n")
    return load_suite(folder)


def _alone(listener: RecordListener, run: str, common: dict[str, Any]) -> float:
    """Return what the queue adds to one run: from sending to its record, less the run itself."""
    began = time.monotonic()
    listener.send(run, common)
    (document,) = listener.wait(1, PATIENCE_SECONDS)
    wall = time.monotonic() - began
    result = RunResult.from_json(document)
    if result.score != result.max_score:
        raise Fault("the reference did not get full points: nothing is measured on a broken suite")
    return wall - float(result.provenance["wall_seconds"])


@contextmanager
def _workers(place: Path, broker_url: str) -> Iterator[None]:
    """Keep one grading worker process per core, with an environment built from nothing."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(place),
        "BROKER_URL": broker_url,
        "ASSAY_VAR": str(place),
        "ASSAY_ARCHIVES": str(place / "archives"),
        "ASSAY_SUITES": str(place / "suites"),
        "ASSAY_SANDBOX": "bubblewrap",
        **{name: os.environ[name] for name in ("ASSAY_ROOTS", "ASSAY_RUNTIME") if name in os.environ},
    }
    command = [
        sys.executable,
        "-m",
        "celery",
        "--app",
        "grader.worker.grade",
        "worker",
        "--queues",
        "grade",
        "--loglevel",
        "WARNING",
    ]
    command += ["--concurrency", str(os.cpu_count()), "--without-gossip", "--without-mingle", "--without-heartbeat"]
    with (place / "worker.log").open("w") as log:
        worker = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=log, stderr=log)
        try:
            yield
        finally:
            worker.terminate()
            worker.wait(30)


def _cpu_of(way: Any) -> float:
    before = os.times()
    way()
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def _busy_seconds() -> float:
    """Return the CPU seconds that all processors together have spent on anything but idling. Source: proc(5), /proc/stat."""
    values = [int(text) for text in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return (sum(values[:3]) + sum(values[5:7])) / os.sysconf("SC_CLK_TCK")


def _idle_rate() -> float:
    busy = _busy_seconds()
    time.sleep(IDLE_SECONDS)
    return (_busy_seconds() - busy) / IDLE_SECONDS


def print_throughput(figures: dict[str, Any], console: Console) -> None:
    """Print the figures as a table."""
    table = Table(title=f"{figures['submissions']} submissions on {figures['workers']} workers", title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in figures.items():
        table.add_row(name.replace("_", " "), str(value))
    console.print(table)
