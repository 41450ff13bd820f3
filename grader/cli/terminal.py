"""A run's result as a person reads it in a terminal; plain where standard output is none. Side: any."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grader.judge import feedback
from grader.points import out_of, points_text
from grader.result import Check, RunResult
from grader.verdict import Verdict

if TYPE_CHECKING:
    from grader.suite.check.report import SuiteReport
    from grader.suite.doctor.diagnosis import Diagnosis

_COLOURS = {Verdict.PASSED: "green", Verdict.OVER_BUDGET: "yellow", Verdict.SKIPPED: "yellow"}


def print_result(result: RunResult, console: Console, *, staff: bool = True) -> None:
    """Print a result: a table, what to fix, and the notes last; hidden checks keep their messages unless `staff`."""
    table = Table(
        title=f"{result.suite}: {out_of(result.score, result.max_score)}",
        title_justify="left",
    )
    for heading, justify in (("", "left"), ("test", "left"), ("verdict", "left"), ("points", "right"), ("s", "right")):
        table.add_column(heading, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for check in result.checks:
        colour = _COLOURS.get(check.verdict, "red")
        table.add_row(
            check.number,
            escape(check.name) + (" (hidden)" if check.visibility == "hidden" else ""),
            f"[{colour}]{check.verdict.value}[/]",
            f"{points_text(check.points)} / {points_text(check.max_points)}",
            f"{check.duration_s:.3f}",
        )
    console.print(table)
    _print_failures([check for check in result.checks if check.verdict is not Verdict.PASSED], console, staff)
    for note in result.notes:
        console.print(f"[yellow]note[/] {escape(note)}", highlight=False)
    console.print(f"[bold]{points_text(result.score)} / {points_text(result.max_score)}[/] {escape(result.suite)}")


def print_course(results: Sequence[RunResult], suites: Sequence[Path], console: Console) -> None:
    """Print the results of a whole course as one table: points, what is not passed, and how to see more of it."""
    table = Table(title=f"{len(results)} suites", title_justify="left")
    for heading in ("suite", "points", "not passed", "CPU s"):
        table.add_column(heading, justify="left" if heading == "suite" else "right", overflow="fold")
    for result in results:
        lost = [check for check in result.checks if check.verdict is not Verdict.PASSED]
        colour = "green" if result.score >= result.max_score else "red"
        table.add_row(
            escape(result.suite),
            f"[{colour}]{points_text(result.score)} / {points_text(result.max_score)}[/]",
            f"{len(lost)} of {len(result.checks)}" if lost else "",
            f"{result.provenance.get('cpu_seconds', 0):.1f}",
        )
    console.print(table)
    for result, suite in zip(results, suites, strict=True):
        for note in result.notes:
            console.print(f"[yellow]note[/] {escape(result.suite)}: {escape(note)}", highlight=False)
        if result.score < result.max_score:
            console.print(f"What to mend in {escape(result.suite)}: --suite {escape(str(suite))}", highlight=False)
    total, most = (math.fsum(getattr(result, name) for result in results) for name in ("score", "max_score"))
    console.print(f"[bold]{points_text(total)} / {points_text(most)}[/] in all")


def _print_failures(checks: Sequence[Check], console: Console, staff: bool) -> None:
    for check in checks:
        if check.visibility == "hidden" and not staff:
            continue
        console.print(f"\n[bold]{escape(check.name)}[/] [dim]{escape(check.id)}[/]")
        console.print(escape(check.message or feedback.HELP[check.verdict]), highlight=False)
        if check.output:
            console.print("[dim]printed:[/]")
            console.print(escape(check.output), highlight=False)


def print_suite_report(report: "SuiteReport", console: Console) -> None:
    """Print what `suite check` found: a table of rules, then every way in which one does not hold, then the survivors."""
    found = "all rules hold" if report.holds else "not ready to grade"
    table = Table(title=f"{report.suite}: {found} ({report.wall_seconds:.0f} s)", title_justify="left")
    for heading in ("rule", "", "found"):
        table.add_column(heading, overflow="fold")
    for rule in report.rules:
        table.add_row(escape(rule.name), "[green]holds[/]" if rule.holds else "[red]fails[/]", escape(rule.summary))
    console.print(table)
    for rule in report.rules:
        for finding in rule.findings:
            console.print(f"[red]-[/] {escape(finding)}", highlight=False)
    _print_losses(report, console)
    for survivor in report.survivors:
        console.print(
            f"\n[yellow]survives[/] {escape(survivor['id'])}, {survivor['file']}:{survivor['line']}", highlight=False
        )
        console.print(escape(survivor["diff"]), highlight=False)


def print_suite_reports(reports: Sequence["SuiteReport"], console: Console) -> None:
    """Print one line of each report: what fails in it, how many mistakes are killed, and what the dearest costs."""
    table = Table(title=f"{len(reports)} suites", title_justify="left")
    for heading in ("suite", "fails", "listed", "generated", "killed", "dearest %", "s"):
        table.add_column(heading, justify="left" if heading in ("suite", "fails") else "right", overflow="fold")
    for report in reports:
        failing = [rule.name.partition(":")[0] for rule in report.rules if not rule.holds]
        table.add_row(
            escape(report.suite),
            f"[red]{escape('; '.join(failing))}[/]",
            str(len(report.losses)),
            str(report.generated),
            f"{100 * report.killed / report.generated:.1f} %" if report.generated else "",
            f"{max((loss.percent for loss in report.losses), default=0):.1f}",
            f"{report.wall_seconds:.0f}",
        )
    console.print(table)


def _print_losses(report: "SuiteReport", console: Console) -> None:
    """Print what each listed mistake costs, the dearest first."""
    table = Table(title="what one mistake costs", title_justify="left")
    for heading, justify in (("mistake", "left"), ("% of the points", "right"), ("at most", "right")):
        table.add_column(heading, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for loss in sorted(report.losses, key=lambda loss: (-loss.percent, loss.mutant)):
        colour = "red" if loss.percent > loss.at_most else "default"
        table.add_row(escape(loss.mutant), f"[{colour}]{loss.percent:.1f}[/]", f"{loss.at_most:g}")
    if report.losses:
        console.print(table)


def print_diagnosis(found: "Diagnosis", console: Console) -> None:
    """Print what `suite doctor` found: each difference with its sentence and the line to write."""
    for difference in found.differences:
        console.print(
            f"[bold]{escape(difference.check)}[/] {difference.plain} under plain pytest, {difference.here} here",
            soft_wrap=True,
        )
        for text in (difference.said, difference.sentence):
            console.print(f"  {escape(text)}", highlight=False, soft_wrap=True)
        for line in difference.line.splitlines():
            console.print(f"  [green]>[/] {escape(line)}", highlight=False, soft_wrap=True)
    for sentence in found.fails_in_both:
        console.print(f"[yellow]fails in both[/] {escape(sentence)}", highlight=False, soft_wrap=True)
    agree = found.tests - len(found.differences) - len(found.fails_in_both)
    console.print(f"[bold]{agree} of {found.tests} tests[/] of {escape(found.suite)} pass in both.", highlight=False)
