"""One report on its way to GitHub: made once, changed while its run goes on, completed once, however often it is begun.

Before each request it is written down what it shall show. Of one that was begun and has no answer, GitHub is asked first what
is there: by our own `external_id`, since a check run made twice, or annotations sent twice, could not be taken back.
Source: GitHub's REST description, "Checks" and "Commit statuses".
"""

from typing import Any
from urllib.parse import quote

from course_admin.integrations.github.app.answers import NotPermitted, Rejected
from course_admin.integrations.github.app.client import Access, GitHub
from course_admin.integrations.github.checks import content
from course_admin.integrations.github.models import CheckReport, Installation

CHECKS = (("checks", "write"),)
STATUSES = (("statuses", "write"),)
MAY_NOT = "The App has neither the permission to write checks nor commit statuses."


class Sender:
    """Sends reports of one repository."""

    def __init__(self, hub: GitHub, installation: Installation, full_name: str) -> None:
        self._hub, self._installation, self._path = hub, installation, f"/repos/{quote(full_name)}"

    def send(self, report: CheckReport) -> None:
        """Bring what GitHub shows up to date, and the row with it. Raises a GitHubProblem if that cannot be done."""
        if self._installation.may("checks"):
            self._send_check_run(report)
        elif self._installation.may("statuses"):
            self._send_status(report)
        else:
            raise NotPermitted(MAY_NOT)

    def refresh(self, report: CheckReport) -> None:
        """Let a completed check run show what is no longer hidden. Its annotations stay: sent again they would stand twice."""
        body = content.check_run(report, at=self._hub.now(), is_private=self._is_private(report, report.shown))
        body["output"].pop("annotations", None)
        self._ask(report, CHECKS, "PATCH", f"{self._path}/check-runs/{report.remote_id}", body)

    def _send_check_run(self, report: CheckReport) -> None:
        if report.intent:
            self._settle(report)
        stage = content.stage_of(report)
        if stage == report.shown:
            return
        if report.shown in content.COMPLETED:  # a completed check run stays what it is
            report.remote_id, report.round, report.shown = None, report.round + 1, ""
        body = content.check_run(report, at=self._hub.now(), is_private=self._is_private(report, stage))
        report.intent = stage
        report.save(update_fields=["intent", "remote_id", "round", "shown"])
        if report.remote_id is None:
            report.remote_id = self._ask(report, CHECKS, "POST", f"{self._path}/check-runs", body)["id"]
        else:
            self._ask(report, CHECKS, "PATCH", f"{self._path}/check-runs/{report.remote_id}", body)
        self._note(report, stage)

    def _settle(self, report: CheckReport) -> None:
        """Find out whether the request that has no answer was done."""
        if report.remote_id is None:
            found = self._find(report)
            if found is not None:
                report.remote_id = found
                self._note(report, report.intent)
                return
        elif report.intent in content.COMPLETED:
            told = self._ask(report, CHECKS, "GET", f"{self._path}/check-runs/{report.remote_id}")
            if told.get("status") == "completed":
                self._note(report, report.intent)
                return
        report.intent = ""

    def _find(self, report: CheckReport) -> int | None:
        name = quote(content.name_of(report), safe="")
        path = f"{self._path}/commits/{report.attempt.commit_id}/check-runs?check_name={name}&filter=all&per_page=100"
        there = self._ask(report, CHECKS, "GET", path).get("check_runs", [])
        return next((int(each["id"]) for each in there if each.get("external_id") == report.external_id), None)

    def _send_status(self, report: CheckReport) -> None:
        """Say it in a line; the same line twice does no harm."""
        stage = content.stage_of(report)
        body = content.commit_status(report, is_private=self._is_private(report, stage))
        self._ask(report, STATUSES, "POST", f"{self._path}/statuses/{report.attempt.commit_id}", body)
        self._note(report, stage)

    def _is_private(self, report: CheckReport, stage: str) -> bool:
        """Say whether only its own people read the repository; asked where a result is to be shown. Unknown is no."""
        if stage not in content.COMPLETED:
            return False
        access = CHECKS if self._installation.may("checks") else STATUSES
        return self._ask(report, access, "GET", self._path).get("private") is True

    def _ask(
        self, report: CheckReport, permissions: tuple[tuple[str, str], ...], method: str, path: str, body: object = None
    ) -> Any:
        push = report.attempt.push
        access = Access(self._installation.number, permissions, push.repository.host_id if push else None)
        said = self._hub.as_installation(access, method, path, body)
        if not isinstance(said, dict):
            raise Rejected(f"GitHub's answer to {method} is no object.", 200)
        return said

    def _note(self, report: CheckReport, stage: str) -> None:
        report.shown, report.intent = stage, ""
        report.withheld = content.withheld_of(report, self._hub.now())
        report.save(update_fields=["shown", "intent", "remote_id", "withheld"])
