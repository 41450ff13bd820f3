"""A term's pushes with a GitHub that loses, delays and doubles its deliveries, and a web process that dies: seeded, in one process.

Time is simulated; the webhook, the questions to the host and the App's log are the real ones, against the fake GitHub.
"""

import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from course_admin.integrations.github.app.client import github
from course_admin.integrations.github.app.reconciling import KEPT, redeliver
from course_admin.integrations.github.signature import sign
from course_admin.submissions.intake import polling
from course_admin.submissions.models import Repository
from tests.course_admin.integrations.github.fake_github import FakeGitHub
from tests.factories import OWNER

MINUTE = timedelta(minutes=1)
ROUND = 5 * MINUTE
ZEROS = "0" * 40


class Killed(BaseException):
    """The web process ended in the middle of a request."""


@dataclass
class Pushed:
    """One push as it really was."""

    login: str
    before: str
    commit: str
    at: datetime
    delivery: str

    def body(self) -> bytes:
        """Return what GitHub signs of it."""
        number = int(hashlib.sha256(self.login.encode()).hexdigest()[:7], 16)
        repository = {"id": number, "full_name": f"{OWNER}/m01-{self.login}", "default_branch": "main"}
        sender = {"login": self.login, "id": number, "type": "User"}
        told = {"ref": "refs/heads/main", "before": self.before, "after": self.commit, "sender": sender}
        return json.dumps(
            {**told, "repository": {**repository, "private": True, "pushed_at": int(self.at.timestamp())}}
        ).encode()


@dataclass
class Losses:
    """The simulation. `post`: sends one delivery and returns its status; `kill`: lets the next request die at a place."""

    hub: FakeGitHub
    post: Callable[[bytes, dict[str, str]], int]
    kill: Callable[[str], None]
    clock: Any
    rate: float
    chance: random.Random
    pushes: list[Pushed] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=dict)
    delayed: list[tuple[datetime, Pushed]] = field(default_factory=list)
    lost: int = 0
    killed: int = 0

    def push(self, login: str) -> None:
        """Push once, and let chance decide what becomes of its announcement."""
        number = len(self.pushes)
        commit = hashlib.sha1(f"{login} {number}".encode()).hexdigest()
        pushed = Pushed(login, self.heads.get(login, ZEROS), commit, self.clock.at, f"delivery-{number:06d}")
        self.heads[login] = commit
        self.pushes.append(pushed)
        if self.chance.random() >= self.rate:
            self._deliver(pushed)
            return
        match self.chance.choice(("drop", "delay", "double", "kill before", "kill after")):
            case "drop":
                self._log(pushed, 0)
            case "delay":
                self.delayed.append((self.clock.at + self.chance.random() * 90 * MINUTE, pushed))
            case "double":
                self._deliver(pushed)
                self._deliver(pushed)
            case fate:
                self.kill(fate)
                self.killed += 1
                self._deliver(pushed)

    def _deliver(self, pushed: Pushed) -> None:
        body = pushed.body()
        headers = {
            "X-Hub-Signature-256": sign(body, "the current secret"),
            "X-GitHub-Delivery": pushed.delivery,
            "X-GitHub-Event": "push",
        }
        try:
            status = self.post(body, headers)
        except Killed:
            status = 502
        self._log(pushed, status)

    def _log(self, pushed: Pushed, status: int) -> None:
        self.lost += not 200 <= status < 300
        key = 1 + len(self.hub.deliveries)
        told = {"id": key, "guid": pushed.delivery, "delivered_at": self.clock.at.isoformat(), "event": "push"}
        self.hub.deliveries.append({**told, "status_code": status, "redelivery": False, "action": None})

    def round(self, *, is_hourly: bool) -> None:
        """Let what was delayed come, the host be asked, and GitHub's log be read; deliver what was asked for again."""
        due = [pushed for at, pushed in self.delayed if at <= self.clock.at]
        self.delayed = [each for each in self.delayed if each[0] > self.clock.at]
        self.chance.shuffle(due)
        for pushed in due:
            self._deliver(pushed)
        polling.poll(ask=self._ask, at_once=1_000, now=lambda: self.clock.at)
        polling.take_seen(at=self.clock.at + MINUTE)
        with github(self.clock) as hub:
            redeliver(hub=hub, back=KEPT if is_hourly else 15 * MINUTE)
        by_key = {each["id"]: each["guid"] for each in self.hub.deliveries}
        again = {by_key[key] for key in self.hub.asked_again}
        self.hub.asked_again.clear()
        for pushed in [each for each in self.pushes if each.delivery in again]:
            self._deliver(pushed)

    def _ask(self, repository: Repository, _branches: Any) -> dict[str, str]:
        if self.chance.random() < self.rate / 3:
            raise OSError("The host is away.")
        return {"main": self.heads[repository.full_name.rpartition("/m01-")[2]]}
