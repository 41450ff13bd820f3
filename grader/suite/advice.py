"""Advice made from a result: what to brush up, with what, in how many hours, and which learning path to take. Side: any.

A suite gives advice if its suite.toml has an `[advice]` table: groups of checks (by tag), resources, paths and sentences
are data there. Always true: the functions are pure, and advice changes no points. A student's choice of a path is what
the check tagged `path_tag` printed as `PATH = ...`, and counts only if that check passed and the table knows the path.
A result without any points says nothing about what a student knows, so it gets one sentence: how to begin.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from grader.errors import SuiteError
from grader.result import RunResult
from grader.verdict import Verdict

SENTENCES = (
    "nothing_yet",
    "all_ready",
    "some_ready",
    "none_ready",
    "brush_up",
    "start_here_first",
    "total",
    "path",
    "path_later",
)
#: A sum of hundredths in binary may fall short of its true value, though by far less than one.
ROUNDING = 0.005


class GroupState(StrEnum):
    """How well prepared a student is in one group."""

    READY = "ready"
    BRUSH_UP = "brush_up"
    START_HERE_FIRST = "start_here_first"

    @property
    def words(self) -> str:
        """The outcome as people read it."""
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class GroupAdvice:
    """One group's outcome; resource and hours are empty and 0 where it is ready."""

    tag: str
    title: str
    points: float
    max_points: float
    outcome: GroupState
    resource: str
    url: str
    hours: float


@dataclass(frozen=True, slots=True)
class Advice:
    """What a report says at its end: the groups, the sentences of a paragraph, and the modules of the recommended path."""

    groups: tuple[GroupAdvice, ...]
    path: str
    path_title: str
    modules: tuple[str, ...]  # course numbers, for whoever links them to assignments and dates
    sentences: tuple[str, ...]


def advise(result: RunResult, table: Mapping[str, Any]) -> Advice:
    """Return the advice of a suite's `[advice]` table for one result; raises SuiteError if the table cannot be used."""
    try:
        groups = tuple(_group(result, row, table) for row in table["groups"])
        paths = {row["name"]: row for row in table["paths"]}
        usual = paths[table["usual_path"]]
        chosen = paths.get(chosen_path(result, table["path_tag"]), usual)
        ready = all(group.outcome is GroupState.READY for group in groups)
        path = chosen if ready else usual
        return Advice(
            groups=groups,
            path=path["name"],
            path_title=path["title"],
            modules=tuple(path["modules"]),
            sentences=tuple(_sentences(groups, path, chosen, table["sentences"])),
        )
    except KeyError as problem:
        raise SuiteError(f"{result.suite}: the [advice] table lacks {problem}") from None
    except (TypeError, AttributeError, ValueError, IndexError) as problem:
        raise SuiteError(f"{result.suite}: the [advice] table cannot be read: {problem}") from None


def chosen_path(result: RunResult, path_tag: str) -> str:
    """Return the path that a student chose; empty if the check for it did not pass."""
    for check in result.checks:
        if path_tag in check.tags and check.verdict is Verdict.PASSED:
            printed = re.findall(r"^PATH = (\w+)$", check.output, re.MULTILINE)
            return printed[-1] if printed else ""
    return ""


def _group(result: RunResult, row: Mapping[str, Any], table: Mapping[str, Any]) -> GroupAdvice:
    """Return a group's outcome and what helps; a group that no check can earn points in is a mistake of the suite."""
    checks = [check for check in result.checks if row["tag"] in check.tags]
    points = math.fsum(check.points for check in checks)
    max_points = math.fsum(check.max_points for check in checks)
    if max_points <= 0:
        raise SuiteError(f"{result.suite}: no check with points has the tag {row['tag']!r} of an [advice] group")
    outcome = GroupState.START_HERE_FIRST
    for better, share in ((GroupState.BRUSH_UP, table["brush_up"]), (GroupState.READY, table["ready"])):
        if points >= share * max_points - ROUNDING:
            outcome = better
    help_: Mapping[str, Any] = {"resource": "", "hours": 0} if outcome is GroupState.READY else row[outcome.value]
    return GroupAdvice(
        tag=row["tag"],
        title=row["title"],
        points=points,
        max_points=max_points,
        outcome=outcome,
        resource=help_["resource"],
        url=row["url"],
        hours=help_["hours"],
    )


def _sentences(
    groups: Sequence[GroupAdvice], path: Mapping[str, Any], chosen: Mapping[str, Any], sentences: Mapping[str, str]
) -> list[str]:
    """Return overall readiness, a sentence for each weak group with the weakest first, the hours, and the path."""
    texts = {name: sentences[name] for name in SENTENCES}
    if not any(group.points for group in groups):
        return [texts["nothing_yet"]]
    ready = [group for group in groups if group.outcome is GroupState.READY]
    opening = "none_ready" if not ready else "all_ready" if len(ready) == len(groups) else "some_ready"
    titles = "; ".join(group.title for group in ready)
    parts = [texts[opening].format(ready=len(ready), count=len(groups), titles=titles)]
    weak = [
        group
        for outcome in (GroupState.START_HERE_FIRST, GroupState.BRUSH_UP)
        for group in groups
        if group.outcome is outcome
    ]
    for group in weak:
        text = texts[group.outcome.value]
        parts.append(text.format(title=group.title, resource=group.resource, hours=_hours(group.hours), url=group.url))
    if len(weak) > 1:
        parts.append(texts["total"].format(hours=_hours(sum(group.hours for group in weak))))
    if chosen is path:
        parts.append(texts["path"].format(name=path["name"], title=path["title"], text=path["text"]))
    else:
        usual = {"usual": path["name"], "usual_title": path["title"], "usual_text": path["text"]}
        parts.append(texts["path_later"].format(name=chosen["name"], title=chosen["title"], **usual))
    return parts


def _hours(hours: float) -> str:
    return "1 hour" if hours == 1 else f"{hours:g} hours"
