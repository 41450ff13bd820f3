"""Servers of a test's own: PostgreSQL, Redis and a Docker Engine that it may kill, beside those of the machine.

Each keeps everything in one folder, listens on a port or socket of its own, and is gone after `stop`.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import redis

POSTGRES_PROGRAMS = Path("/usr/lib/postgresql")
START_SECONDS = 60
HOST = "127.0.0.1"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def wait_for(answers: Callable[[], bool], what: str) -> None:
    """Return once `answers` is true; raises TimeoutError that says what did not come up."""
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not answer within {START_SECONDS} s")
        time.sleep(0.05)


def missing_programs() -> str | None:
    """Say which program of these servers is not installed; None if all are."""
    if not list(POSTGRES_PROGRAMS.glob("*/bin/initdb")):
        return "PostgreSQL's initdb is not installed (Debian's package postgresql)."
    for program in ("redis-server", "dockerd", "docker"):
        if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None:
            return f"{program} is not installed."
    return None if os.geteuid() == 0 else "Only root can start a Docker Engine of its own."


class Postgres:
    """A cluster whose data survive a crash of the server."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "postgres" / "data"
        self._programs = max(POSTGRES_PROGRAMS.glob("*/bin"), key=lambda path: float(path.parent.name))
        self._data.parent.mkdir()
        shutil.chown(self._data.parent, "postgres")
        self.port = free_port()
        self.url = f"postgresql://postgres@{HOST}:{self.port}/postgres"
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), f"--pgdata={self._data}", *arguments]
        # The server inherits what it is started with: a pipe would stay open as long as it runs.
        subprocess.run(
            ["runuser", "-u", "postgres", "--", *command],
            cwd="/",
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def start(self) -> None:
        """Start, and return when it answers."""
        # The machine stays up, so that what a crashed server wrote is still there without being flushed to disk.
        options = f"-p {self.port} -c listen_addresses={HOST} -c unix_socket_directories= -c fsync=off"
        self._run("pg_ctl", "--wait", f"--log={self._data.parent / 'log'}", "start", "-o", options)

    def crash_and_restart(self) -> None:
        """End at once, as in a crash, with every connection; recover and answer again."""
        self._run("pg_ctl", "--wait", "--mode=immediate", f"--log={self._data.parent / 'log'}", "restart")

    def connect(self) -> psycopg.Connection:
        """Return a new connection, each statement a transaction."""
        return psycopg.connect(self.url, autocommit=True, connect_timeout=START_SECONDS)

    def stop(self) -> None:
        """End for good."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "--wait", "--mode=immediate", "stop")


class Redis:
    """A broker that keeps nothing on disk: whoever kills it takes everything."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "redis"
        self._folder.mkdir()
        self.port = free_port()
        self.url = f"redis://{HOST}:{self.port}/0"
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start empty, and return when it answers."""
        command = ["redis-server", "--port", str(self.port), "--bind", HOST, "--save", "", "--appendonly", "no"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([*command, "--dir", str(self._folder)], stdout=log, stderr=log)
        wait_for(self.answers, "Redis")

    def answers(self) -> bool:
        """Say whether it answers."""
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def messages(self) -> int:
        """Return how many messages wait in its queues or are held by a worker."""
        with redis.Redis.from_url(self.url) as client:
            return sum(client.llen(queue) for queue in ("intake", "grade", "record")) + client.hlen("unacked")

    @property
    def process_id(self) -> int:
        """The number of its process, for signals."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """Kill it, with all that it holds."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    stop = kill


class DockerEngine:
    """A Docker Engine with a socket and a data folder of its own, and the machine's images of the sandbox."""

    IMAGES = ("assay-candidate:local", "assay-judge:local")

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "docker"
        self._folder.mkdir()
        self.host = f"unix://{self._folder}/docker.sock"
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start, and return when it answers."""
        places = {"data-root": "data", "exec-root": "exec", "pidfile": "pid"}
        command = ["dockerd", "--host", self.host, "--bridge=none", "--iptables=false", "--ip6tables=false"]
        command += [f"--{option}={self._folder / name}" for option, name in places.items()]
        # Where the machine has a containerd for all, engines must not take each other's containers for their own.
        command += [f"--containerd{kind}-namespace={self._folder.parent.name}{kind}" for kind in ("", "-plugins")]
        for left in ("pid", "exec/containerd/containerd.pid"):  # a dead one's number would be taken for a living one
            (self._folder / left).unlink(missing_ok=True)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        wait_for(lambda: self._docker("info").returncode == 0, "The Docker Engine")

    def take_images(self) -> None:
        """Copy the sandbox's images from the machine's own engine."""
        with subprocess.Popen(["docker", "save", *self.IMAGES], stdout=subprocess.PIPE) as saving:
            self._docker("load", stdin=saving.stdout).check_returncode()
        if saving.returncode:
            raise RuntimeError(f"docker save of {' and '.join(self.IMAGES)} failed with {saving.returncode}")

    def _docker(self, *arguments: str, **more: object) -> subprocess.CompletedProcess:
        return subprocess.run(["docker", "--host", self.host, *arguments], capture_output=True, text=True, **more)  # type: ignore[call-overload,no-any-return]

    def kill(self) -> None:
        """Kill the engine, and with it the daemon that holds its containers."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """End every container, the engine, and what it mounted."""
        if self._process is None:
            self.start()
        if containers := self._docker("ps", "--all", "--quiet").stdout.split():
            self._docker("rm", "--force", *containers)
        assert self._process is not None
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(START_SECONDS)
        self.kill()
        for line in reversed(Path("/proc/mounts").read_text().splitlines()):
            if (place := line.split()[1]).startswith(f"{self._folder}/"):
                subprocess.run(["umount", "--lazy", place], check=False)
