"""What the demonstration shows while it works: a line for each student that changes in place on a terminal, or one
line for each change of state anywhere else; then the table of results."""

import time
from collections.abc import Callable

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from course_admin.demo.processes import DemoError
from course_admin.demo.students import STUDENTS, DemoStudent
from course_admin.submissions.models import Attempt, Push, PushState, Run
from grader.points import points_text

POLL_SECONDS = 0.25
WAITING = "pushing"


def newest_attempts() -> dict[str, Attempt]:
    """Return each student's newest attempt, by login."""
    attempts = Attempt.objects.with_names().order_by("received_at", "id")
    return {attempt.student.github_login: attempt for attempt in attempts}


def state_of(attempt: Attempt | None, push: Push | None) -> str:
    """Return where a student's push stands, in a few words."""
    if attempt is None:
        if push is None:
            return WAITING
        is_coming = push.state in (PushState.RECEIVED, PushState.ATTEMPTED)
        return "fetching" if is_coming else f"{push.get_state_display()}: {push.reason}"
    run: Run | None = attempt.shown_run
    if run is None:
        return f"refused: {attempt.refusal}"
    if run.score is not None and run.max_score is not None:
        return f"graded {points_text(run.score)} of {points_text(run.max_score)}"
    return f"{run.get_state_display()}: {run.fault}" if run.fault else run.get_state_display()


def states() -> dict[str, str]:
    """Return the state of every student."""
    attempts = newest_attempts()
    pushes = {push.repository.bound_login: push for push in Push.objects.select_related("repository").order_by("pk")}
    return {each.login: state_of(attempts.get(each.login), pushes.get(each.login)) for each in STUDENTS}


def is_over() -> bool:
    """Say whether nothing will change any more."""
    attempts = newest_attempts()
    waiting = Push.objects.filter(state=PushState.RECEIVED).exists()
    runs = [attempt.shown_run for attempt in attempts.values()]
    return not waiting and len(attempts) == len(STUDENTS) and all(run is None or run.is_final for run in runs)


def follow(console: Console, *, seconds: float, check: Callable[[], None]) -> None:
    """Show every change until all is over. Raises DemoError after `seconds`, or if `check` does."""
    began = time.monotonic()
    shown: dict[str, str] = {}
    with Live(console=console, refresh_per_second=4, transient=False) if console.is_terminal else _Nothing() as live:
        while True:
            check()
            now, elapsed = states(), time.monotonic() - began
            if isinstance(live, Live):
                live.update(_board(now, elapsed))
            else:
                for student in STUDENTS:
                    if now[student.login] != shown.get(student.login):
                        console.print(
                            Text(f"{elapsed:6.1f} s  {student.name:<14} {now[student.login]}"), soft_wrap=True
                        )
            shown = now
            if is_over():
                return
            if elapsed > seconds:
                late = [student.name for student in STUDENTS if not now[student.login].startswith("graded")]
                raise DemoError(f"After {seconds:.0f} seconds these are not graded: {', '.join(late)}.")
            time.sleep(POLL_SECONDS)


class _Nothing:
    """In place of a live display, where there is no terminal."""

    def __enter__(self) -> "_Nothing":
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind."""


def _board(now: dict[str, str], elapsed: float) -> Table:
    table = Table.grid(padding=(0, 2))
    for student in STUDENTS:
        state = now[student.login]
        style = "green" if state.startswith("graded") else "yellow" if state in ("running", "dispatched") else "dim"
        table.add_row(Text(student.name), Text(state, style=style), Text(f"{elapsed:.0f} s", style="dim"))
    return table


def percent(attempt: Attempt | None) -> float | None:
    """Return an attempt's score in percent; None if it has none."""
    run = attempt.shown_run if attempt else None
    if run is None or not run.is_graded or not run.max_score:
        return None
    return float(100 * run.score / run.max_score)


def results_table(attempts: dict[str, Attempt]) -> tuple[Table, bool]:
    """Return the table of results, and whether everything ended as its author planned."""
    table = Table(title="Results")
    for heading in ("student", "handed in", "score", "planned", "judged in", "as planned"):
        table.add_column(heading, justify="right" if heading in ("score", "planned", "judged in") else "left")
    all_planned = True
    for student in STUDENTS:
        attempt = attempts.get(student.login)
        score = percent(attempt)
        planned = student.is_as_planned(score)
        all_planned = all_planned and planned
        table.add_row(
            student.name,
            student.story,
            "none" if score is None else f"{score:.1f} %",
            _range(student),
            _duration(attempt),
            "yes" if planned else "NO",
        )
    return table, all_planned


def _range(student: DemoStudent) -> str:
    low, high = student.lowest_percent, student.highest_percent
    return f"{low:.0f} %" if low == high else f"{low:.0f} to {high:.0f} %"


def _duration(attempt: Attempt | None) -> str:
    run = attempt.shown_run if attempt else None
    if run is None or run.started_at is None or run.finished_at is None:
        return ""
    return f"{(run.finished_at - run.started_at).total_seconds():.1f} s"
