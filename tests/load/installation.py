"""A whole installation as processes of the operating system: web server, service and syncing worker, clock, grading workers.

What a process manager does for a real one is done by `keep_up`: a process that ended is started again.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from tests.load.servers import HOST, DockerEngine, Postgres, Redis, free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
SECRET = "the secret of the load test"
PR_SET_PDEATHSIG = 1  # prctl(2)
STOP_SECONDS = 20
SERVICE_PROCESSES = 2


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Process:
    """One process that is kept up until it is stopped."""

    name: str
    command: list[str]
    environ: dict[str, str]
    log: Path
    popen: subprocess.Popen | None = None
    exits: list[int] = field(default_factory=list)

    def start(self) -> None:
        """Start it; its log goes on."""
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", *self.command],
                cwd=ROOT,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    def kill(self) -> None:
        """Kill it with all its children, in whatever they are doing."""
        if self.popen is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()

    def keep_up(self) -> None:
        """Start it again if it has ended by itself."""
        if self.popen is not None and self.popen.poll() is not None:
            self.exits.append(self.popen.returncode)
            self.start()

    def ask_to_stop(self) -> None:
        """Ask it to end, without waiting."""
        if self.popen is not None:
            self.popen.terminate()

    def stop(self) -> None:
        """Wait until it has ended, or kill it."""
        if self.popen is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(STOP_SECONDS)
            self.kill()
            self.popen = None


class Installation:
    """The processes, and the servers that they use."""

    def __init__(
        self, folder: Path, postgres: Postgres, redis: Redis, docker: DockerEngine | None, **settings: str
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://{HOST}:{self.port}"
        archives = str(folder / "archives")
        self.service = {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "course_admin.settings.demo",
            "DATABASE_URL": postgres.url,
            "BROKER_URL": redis.url,
            "ASSAY_VAR": str(folder / "service"),
            "ASSAY_ARCHIVES": archives,
            "ASSAY_SUITES": str(folder / "suites"),
            "ASSAY_CLONE_URL": f"file://{folder}/host/{{full_name}}.git",
            "ASSAY_WEBHOOK_SECRETS": SECRET,
            **settings,
        }
        told = {"PATH": os.environ["PATH"], "BROKER_URL": redis.url, "ASSAY_ARCHIVES": archives}
        gunicorn = ["gunicorn", "--config", "python:course_admin.web.gunicorn_config"]
        gunicorn += ["--bind", f"{HOST}:{self.port}", "course_admin.wsgi"]
        celery = ["celery", "--quiet", "--app"]
        worker = ["worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        service = [*celery, "course_admin", *worker, "--concurrency", str(SERVICE_PROCESSES), "--queues"]
        syncing = [*celery, "course_admin", *worker, "--queues", "sync", "--concurrency", "1"]
        beat = [*celery, "course_admin", "beat", "--schedule", str(folder / "beat"), "--pidfile="]
        grading = [*celery, "grader.worker.grade", *worker, "--queues", "grade", "--hostname"]
        self.web = self._process("web", gunicorn, self.service)
        self.worker = self._process("record", [*service, "record", "--hostname", "record@load"], self.service)
        self.fetcher = self._process("intake", [*service, "intake", "--hostname", "intake@load"], self.service)
        self.syncer = self._process("sync", [*syncing, "--hostname", "sync@load"], self.service)
        self.beat = self._process("beat", beat, self.service)
        sandboxes = {
            "bubblewrap": {"ASSAY_SANDBOX": "bubblewrap", "ASSAY_VAR": str(folder / "bubblewrap")},
        }
        if docker is not None:
            own = {"ASSAY_SANDBOX": "docker", "ASSAY_VAR": str(folder / "in-docker"), "DOCKER_HOST": docker.host}
            sandboxes["docker"] = own
        self.graders = {
            name: self._process(name, [*grading, f"{name}@load", "--concurrency", processes], told | its)
            for (name, its), processes in zip(sandboxes.items(), ("2", "1"), strict=False)
        }

    def _process(self, name: str, command: list[str], environ: dict[str, str]) -> Process:
        return Process(name, command, environ, self.folder / f"{name}.log")

    @property
    def processes(self) -> list[Process]:
        """All of them, in the order in which they start."""
        return [self.web, self.worker, self.fetcher, self.syncer, self.beat, *self.graders.values()]

    def manage(self, *command: str) -> None:
        """Run a Python module with the service's settings."""
        subprocess.run([sys.executable, *command], cwd=ROOT, env=self.service, check=True, capture_output=True)

    def start(self) -> None:
        """Start everything; the web server answers when this returns."""
        for process in self.processes:
            process.start()
        self.wait_for_web()

    def wait_for_web(self) -> None:
        """Return once the web server answers."""
        wait_for(self._web_answers, "The web server")

    def _web_answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health/", timeout=5):
                return True
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False

    def keep_up(self) -> None:
        """Do a process manager's work."""
        for process in self.processes:
            process.keep_up()

    def stop(self) -> None:
        """End everything."""
        for process in self.processes:
            process.ask_to_stop()
        for process in self.processes:
            process.stop()

    def logs(self, most: int = 6_000) -> str:
        """Return how each log ends."""
        return "\n".join(f"--- {path.name}\n{path.read_text()[-most:]}" for path in sorted(self.folder.glob("*.log")))
