"""What GitHub shows of an attempt: what its student sees on its report, and not a word more.

Everybody who reads the repository reads it; of a public one nothing is said but where the report is. Names and messages can
hold student text, which is shown as text: no mention, no markup.
"""

import re
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from course_admin.integrations.github.checks.annotations import annotations
from course_admin.integrations.github.models import CheckReport
from course_admin.submissions.models import Run, RunState
from course_admin.submissions.receipts.issue import receipt_of
from course_admin.submissions.reports.failures.groups import Grouped, grouped
from course_admin.submissions.reports.failures.sources import Sources
from course_admin.submissions.reports.report import REFUSED, SENTENCES
from course_admin.submissions.reports.visibility import ShownCheck, shown_checks, why_withheld
from grader.points import out_of, points_text
from grader.sanitize import clean

NAME_CHARACTERS = 100
TEXT_CHARACTERS = 60_000  # GitHub takes 65,535
STATUS_CHARACTERS = 140
REFUSAL, NOT_GRADED = "refused", "not_graded"  # what is shown of an attempt without a run
COMPLETED = frozenset(
    {*(RunState.GRADED, RunState.SUPERSEDED, RunState.CANCELLED, RunState.NEEDS_ATTENTION), REFUSAL, NOT_GRADED}
)
WAITING_TITLES = {RunState.QUEUED: "Waiting to be graded", RunState.RUNNING: "Being graded"}
TITLES = {
    RunState.SUPERSEDED: "Not graded: something newer came first",
    RunState.CANCELLED: "Cancelled before it was graded",
    RunState.NEEDS_ATTENTION: "Grading delayed: a fault of ours",
    REFUSAL: "These files cannot be graded",
    NOT_GRADED: "Kept, and not graded by itself",
}
CONCLUSIONS = {
    RunState.SUPERSEDED: "cancelled",
    RunState.CANCELLED: "cancelled",
    RunState.NEEDS_ATTENTION: "neutral",
    REFUSAL: "failure",
    NOT_GRADED: "skipped",
}
PUBLIC_TITLE = "Graded"
PUBLIC = "This repository is public, so that its result stands on its report alone."
CUT = "\n\nThe rest stands on the report."
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+.!|~-])")


def stage_of(report: CheckReport) -> str:
    """Return what there is to show by now, in the words of `CheckReport.shown`."""
    if report.run is None:
        return REFUSAL if report.attempt.refusal else NOT_GRADED
    return RunState.QUEUED if report.run.state == RunState.DISPATCHED else report.run.state


def withheld_of(report: CheckReport, at: datetime) -> int:
    """Return how many checks of a graded run are hidden from its student at a moment."""
    if report.run is None or not report.run.is_graded:
        return 0
    return sum(bool(why_withheld(each.visibility, report.attempt, at)) for each in report.run.checks.all())


def name_of(report: CheckReport) -> str:
    """Return what the check run is called."""
    return clean(f"Assay: {report.attempt.assignment.title}", NAME_CHARACTERS, 1)


def check_run(report: CheckReport, *, at: datetime, is_private: bool) -> dict[str, Any]:
    """Return the body of a check run, new or changed, at this moment."""
    stage, run = stage_of(report), report.run
    body: dict[str, Any] = {"name": name_of(report), "external_id": report.external_id, **_link(report, "details_url")}
    if report.remote_id is None:
        body["head_sha"] = report.attempt.commit_id
    if run is not None and run.started_at:
        body["started_at"] = _time(run.started_at)
    if stage not in COMPLETED:
        body["status"] = "in_progress" if stage == RunState.RUNNING else "queued"
        return {**body, "output": {"title": WAITING_TITLES[RunState(stage)], "summary": _received(report)}}
    body |= {"status": "completed", "conclusion": _conclusion(report, stage, is_private)}
    body["completed_at"] = _time(run.finished_at if run is not None and run.finished_at else at)
    return {**body, "output": _output(report, stage, is_private, at)}


def commit_status(report: CheckReport, *, is_private: bool) -> dict[str, Any]:
    """Return the body of a commit status."""
    stage = stage_of(report)
    if stage in COMPLETED:
        states = {"success": "success", "failure": "failure"}
        state = states.get(
            _conclusion(report, stage, is_private), "error" if stage == RunState.NEEDS_ATTENTION else "success"
        )
        title = _title(report, stage, is_private)
    else:
        state, title = "pending", WAITING_TITLES[RunState(stage)]
    context = f"assay/{report.attempt.assignment.slug}"
    return {"state": state, "description": title[:STATUS_CHARACTERS], "context": context, **_link(report, "target_url")}


def _conclusion(report: CheckReport, stage: str, is_private: bool) -> str:
    if stage != RunState.GRADED or report.run is None:
        return CONCLUSIONS[stage]
    if not is_private:
        return "neutral"
    return "success" if report.run.score == report.run.max_score else "failure"


def _title(report: CheckReport, stage: str, is_private: bool) -> str:
    run = report.run
    if stage != RunState.GRADED or run is None or run.score is None or run.max_score is None:
        return TITLES[stage]
    return out_of(run.score, run.max_score) if is_private else PUBLIC_TITLE


def _output(report: CheckReport, stage: str, is_private: bool, at: datetime) -> dict[str, Any]:
    title, run = _title(report, stage, is_private), report.run
    if not is_private:
        return {"title": title, "summary": PUBLIC}
    if stage == REFUSAL:
        return {"title": title, "summary": _cut(f"{REFUSED}\n\n{plain(report.attempt.refusal)}\n\n{_received(report)}")}
    if stage == NOT_GRADED or run is None:
        return {"title": title, "summary": _received(report)}
    if stage != RunState.GRADED:
        return {"title": title, "summary": f"{SENTENCES[RunState(stage)]}\n\n{_received(report)}"}
    return {"title": title, **_result(report, run, at)}


def _result(report: CheckReport, run: Run, at: datetime) -> dict[str, Any]:
    """Return summary, receipt and annotations of a graded run, as its student sees it at this moment."""
    checks = shown_checks(run.checks.all(), report.attempt, is_staff=False, at=at, costs={})
    groups: Grouped = grouped(checks, Sources(report.attempt))
    passed = sum(each.verdict == "passed" for each in checks)
    rows = ["| check | verdict | points |", "| --- | --- | --- |", *map(_row, checks)]
    of = "1 check" if len(checks) == 1 else f"{len(checks)} checks"
    summary = _cut("\n".join([f"{passed} of {of} passed. {_received(report)}", "", *rows]))
    receipt = _cut(_fenced(receipt_of(report.attempt, settings.ASSAY_SITE_URL)))
    return {"summary": summary, "text": receipt, "annotations": annotations(groups)}


def _row(check: ShownCheck) -> str:
    if check.points is None or check.max_points is None:
        points = check.why_withheld
    else:
        points = f"{points_text(check.points)} of {points_text(check.max_points)}"
    return f"| {plain(check.name)} | {check.label} | {points} |"


def _received(report: CheckReport) -> str:
    zone = report.attempt.assignment.course.zone
    received = f"{report.attempt.received_at.astimezone(zone):%-d %B %Y, %H:%M:%S %Z}"
    return f"Attempt {report.attempt.number}, commit {report.attempt.commit_id[:10]}, received on {received}."


def _fenced(receipt: str) -> str:
    """Return a receipt as a block of text; the fence is longer than whatever stands in it."""
    longest = max((len(run) for run in re.findall(r"`+", receipt)), default=0)
    fence = "`" * max(longest + 1, 3)
    return f"Receipt, signed by this installation:\n\n{fence}json\n{receipt}\n{fence}"


def plain(text: str) -> str:
    """Return text that means itself in GitHub's Markdown, on one line."""
    line = " ".join(text.split())
    escaped = _MARKUP.sub(r"\\\1", line.replace("&", "&amp;"))
    return escaped.replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;").replace("://", "&#58;//")


def _cut(text: str) -> str:
    if len(text) <= TEXT_CHARACTERS:
        return text
    return text[:TEXT_CHARACTERS].rpartition("\n")[0] + CUT


def _link(report: CheckReport, name: str) -> dict[str, str]:
    return {name: settings.ASSAY_SITE_URL + reverse("attempt", args=[report.attempt.public_id])}


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
