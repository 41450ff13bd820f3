"""Who watches during a rush: browsers that follow an attempt as the page's script does, and a probe that asks `/health/`."""

import http.client
import json
import re
import threading
import time
from dataclasses import dataclass, field

from tests.load.servers import HOST

ANSWER_SECONDS = 15.0
#: As `live.js` has them: from second to second at first, less often while nothing changes.
FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 1.0, 15.0, 1.3
_ATTEMPT = re.compile(r"/attempts/(att_\w+)/")


@dataclass
class Figures:
    """What one kind of request took, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """Return the figures in a line."""
        ordered = sorted(self.seconds) or [0.0]
        middle, most = ordered[len(ordered) // 2], ordered[-1]
        failed = f", {len(self.problems)} failed ({self.problems[0]})" if self.problems else ""
        return f"{len(self.seconds)} answers, median {middle:.2f} s, longest {most:.2f} s{failed}"


class Client:
    """One browser, with one connection that it keeps."""

    def __init__(self, port: int, figures: Figures, cookie: str = "") -> None:
        self._port, self._figures = port, figures
        self._headers = {"Cookie": f"sessionid={cookie}"} if cookie else {}
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str, **headers: str) -> tuple[int, bytes, str]:
        """Return status, body and ETag; status 0 if no answer came, which is a problem, as are faults of the server."""
        began = time.monotonic()
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(HOST, self._port, timeout=ANSWER_SECONDS)
            self._connection.request("GET", path, headers={**self._headers, **headers})
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as problem:
            self._connection = None
            if isinstance(problem, http.client.RemoteDisconnected):
                return 0, b"", ""  # a connection that was kept for long enough; a browser asks again
            self._figures.problems.append(f"{path}: {type(problem).__name__}")
            return 0, b"", ""
        self._figures.seconds.append(time.monotonic() - began)
        if answer.status >= 500:
            self._figures.problems.append(f"{path}: {answer.status}")
        return answer.status, body, answer.headers.get("ETag") or ""


def watch(port: int, cookie: str, figures: Figures, over: threading.Event) -> None:
    """Follow whatever attempt is newest until the rush is over, with the pauses of the page's script."""
    client, attempt, tag, pause = Client(port, figures, cookie), "", "", FIRST_PAUSE
    while not over.wait(pause):
        pause = min(pause * GROWTH, LONGEST_PAUSE)
        if not attempt:
            pause = FIRST_PAUSE
            _, page, _ = client.get("/")
            if found := _ATTEMPT.search(page.decode()):
                attempt = found.group(1)
            continue
        status, body, new = client.get(f"/attempts/{attempt}/state/", **({"If-None-Match": tag} if tag else {}))
        if status == 200:
            tag, pause = new, FIRST_PAUSE
            client.get(f"/attempts/{attempt}/live/")
            if json.loads(body)["is_final"]:
                attempt, tag = "", ""


def probe(port: int, figures: Figures, over: threading.Event) -> None:
    """Ask `/health/` twice a second."""
    client = Client(port, figures)
    while not over.wait(0.5):
        client.get("/health/")
