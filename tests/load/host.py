"""GitHub's part in a load test: bare repositories, signed announcements, and redelivery of what was not answered."""

import hashlib
import hmac
import http.client
import json
import os
import shutil
import subprocess
import threading
import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from course_admin.demo.announce import NO_COMMIT, payload
from tests.load.installation import SECRET
from tests.load.make_course import full_name, login
from tests.load.servers import HOST

ANSWER_SECONDS = 10  # as long as GitHub waits
AGAIN_SECONDS = 0.5
SENDERS = 4
_IDENTITY = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.edu", "-c", "init.defaultBranch=main")


def _git(folder: Path, *arguments: str) -> str:
    environ = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *_IDENTITY, *arguments], cwd=folder, env=environ, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def make_repository(folder: Path, files: Mapping[str, str]) -> str:
    """Make a bare repository with one commit of these files, and return the commit."""
    work = folder.with_suffix(".work")
    for name, text in files.items():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(text)
    _git(work, "init", "--quiet", "--template=")
    _git(work, "add", ".")
    _git(work, "commit", "--quiet", "--message", "Module 01")
    _git(work, "clone", "--quiet", "--bare", "--template=", str(work), str(folder))
    return _git(work, "rev-parse", "HEAD")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One announcement of one push."""

    delivery_id: str
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """As GitHub sends them."""
        return {
            "Content-Type": "application/json",
            "Content-Length": str(len(self.body)),
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": self.delivery_id,
            "X-Hub-Signature-256": f"sha256={hmac.new(SECRET.encode(), self.body, hashlib.sha256).hexdigest()}",
        }


@dataclass
class Host:
    """Repositories in a folder, and one sender that does not give up."""

    folder: Path
    port: int
    over: threading.Event = field(default_factory=threading.Event)
    sender: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(SENDERS))
    unanswered: list[str] = field(default_factory=list)  # one entry for each time that no 2xx came back

    def push(self, number: int, kind: Path, commit: str) -> Delivery:
        """Give a student a copy of a kind's repository, and return its announcement."""
        bare = self.folder / f"{full_name(number)}.git"
        shutil.copytree(kind, bare)
        facts = {"full_name": full_name(number), "repository_id": 7_000 + number, "login": login(number)}
        body = json.dumps(payload(facts, NO_COMMIT, commit, "refs/heads/main")).encode()
        return Delivery(str(uuid.uuid4()), body)

    def announce(self, deliveries: Iterable[Delivery]) -> list[Future[None]]:
        """Have each delivery sent until it is answered."""
        return [self.sender.submit(self._deliver, delivery) for delivery in deliveries]

    def _deliver(self, delivery: Delivery) -> None:
        while not self.over.is_set():
            try:
                status = self._post(delivery)
            except (OSError, http.client.HTTPException) as problem:
                self.unanswered.append(type(problem).__name__)
            else:
                if 200 <= status < 300:
                    return
                self.unanswered.append(str(status))
            self.over.wait(AGAIN_SECONDS)

    def _post(self, delivery: Delivery) -> int:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=ANSWER_SECONDS)
        try:
            connection.request("POST", "/hooks/github/", delivery.body, delivery.headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def stop(self) -> None:
        """Give up."""
        self.over.set()
        self.sender.shutdown(cancel_futures=True)
