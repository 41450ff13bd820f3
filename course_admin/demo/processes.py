"""The processes of the demonstration: a web server, the service's two workers, a grading worker; started and ended together.

Each has its own session, so that Ctrl-C reaches this process alone, which then ends them in order; each dies with this
process too, should it be killed. The grading worker's environment is made from nothing.
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from course_admin.settings import env

HOST = "127.0.0.1"
POLITE_SECONDS = 10
START_SECONDS = 60
PR_SET_PDEATHSIG = 1  # prctl(2)
#: What a grading worker may inherit: how to find programs, and a container engine.
INHERITED = ("PATH", "LANG", "TMPDIR", "DOCKER_HOST", "XDG_RUNTIME_DIR")


class DemoError(Exception):
    """The demonstration cannot go on; the text is one sentence for whoever started it."""


@dataclass
class Processes:
    """Everything that runs, in the order in which it was started."""

    logs: Path
    running: list[tuple[str, subprocess.Popen]] = field(default_factory=list)

    def start(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        """Start a process with a log of its own."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                env=environment,
                cwd=env.ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self.running.append((name, process))

    def check(self) -> None:
        """Raise DemoError if one of them has ended."""
        for name, process in self.running:
            if process.poll() is not None:
                log = self.logs / f"{name}.log"
                last = log.read_text(errors="replace").strip().rpartition("\n")[2][-300:]
                raise DemoError(f"The process {name} ended with {process.returncode}; see {log}, which ends: {last}")

    def stop(self) -> None:
        """End all of them: politely at first, then not."""
        for _, process in self.running:
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + POLITE_SECONDS
        for _, process in self.running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(deadline - time.monotonic(), 0.1))
            _signal(process, signal.SIGKILL, group=True)
            process.wait()
        self.running.clear()


def _signal(process: subprocess.Popen, number: int, *, group: bool = False) -> None:
    with contextlib.suppress(ProcessLookupError):  # it has ended already
        os.killpg(process.pid, number) if group else process.send_signal(number)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def choose_port(wanted: int | None) -> int:
    """Return the wanted port, or a free one, 8000 if possible. Raises DemoError if the wanted one is taken."""
    for port in [wanted] if wanted else [8000, 0]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as problem:
                if wanted:
                    raise DemoError(
                        f"Port {wanted} cannot be used ({problem.strerror}); choose another with --port."
                    ) from problem
                continue
            return probe.getsockname()[1]
    raise DemoError("No free port was found.")


def start_web(processes: Processes, port: int) -> str:
    """Start the web server and wait until it answers; return its address."""
    address = f"http://{HOST}:{port}"
    gunicorn = [
        "gunicorn",
        "--config",
        "python:course_admin.web.gunicorn_config",
        "--bind",
        f"{HOST}:{port}",
    ]
    processes.start("web", [sys.executable, "-m", *gunicorn, "course_admin.wsgi"], env.inherited())
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        processes.check()
        try:
            with urllib.request.urlopen(f"{address}/health/", timeout=2):
                return address
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    raise DemoError(f"The web server did not answer within {START_SECONDS} seconds; see {processes.logs / 'web.log'}.")


def start_workers(processes: Processes, schedule: Path) -> None:
    """Start the service's workers, one with the clock of regular tasks, and two workers that know next to nothing.

    One grades; the other checks suites, for minutes each, and leaves the machine to everybody else.
    """
    celery = [sys.executable, "-m", "celery", "--quiet"]
    common = ["worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    queues = ["--queues", "record", "--concurrency", "1", "--hostname", "record@demo"]
    beat = ["--beat", "--schedule", str(schedule)]
    processes.start("record", [*celery, "--app", "course_admin", *common, *queues, *beat], env.inherited())
    fetching = ["--queues", "intake", "--concurrency", "2", "--hostname", "intake@demo"]
    processes.start("intake", [*celery, "--app", "course_admin", *common, *fetching], env.inherited())
    asking = ["--queues", "sync", "--concurrency", "1", "--hostname", "sync@demo"]
    processes.start("sync", [*celery, "--app", "course_admin", *common, *asking], env.inherited())
    grading = ["--queues", "grade", "--concurrency", "2", "--hostname", "grader@demo"]
    processes.start("grader", [*celery, "--app", "grader.worker.grade", *common, *grading], grading_environment())
    checking = ["--queues", "check", "--concurrency", "1", "--hostname", "checker@demo"]
    patient = ["nice", "-n", "15", *celery, "--app", "grader.worker.check", *common, *checking]
    processes.start("checker", patient, grading_environment())


def grading_environment() -> dict[str, str]:
    """Return all that the grading worker is told."""
    mine = env.inherited()
    told = {
        "BROKER_URL": env.BROKER_URL,
        "ASSAY_ARCHIVES": str(env.ARCHIVES),
        "ASSAY_VAR": str(env.VAR),
        "ASSAY_SANDBOX": mine.get("ASSAY_SANDBOX", "auto"),
        "PYTHONUNBUFFERED": "1",
    }
    return {name: mine[name] for name in INHERITED if name in mine} | told
