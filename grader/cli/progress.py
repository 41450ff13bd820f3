"""How far a command is, as a person in front of a terminal sees it; little or nothing where there is none. Side: any."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from rich.console import Console

from grader.result import Check

if TYPE_CHECKING:
    from rich.progress import TaskID

    from grader.suite.manifest import Suite
    from grader.supervisor.batch import OnSuiteCheck


@contextlib.contextmanager
def progress_of(console: Console) -> "Iterator[OnSuiteCheck | None]":
    """Yield a callback that draws a progress bar for each suite on a terminal, or None where there is no terminal."""
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[name]}"))
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def advance(suite: "Suite", check: Check, done: int, total: int) -> None:
            if suite.name not in tasks:
                tasks[suite.name] = bar.add_task(suite.title, name="")
            bar.update(tasks[suite.name], completed=done, total=total, name=check.name[:60])

        yield advance


@contextlib.contextmanager
def ticking(console: Console) -> Iterator[Callable[[str, int, int], None]]:
    """Yield a callback (what, done, of how many): a progress bar on a terminal, elsewhere a line as each part begins."""
    if not console.is_terminal:
        began = time.monotonic()

        def tell(what: str, done: int, total: int) -> None:
            if not done:
                console.print(f"{time.monotonic() - began:5.0f} s  {what}", highlight=False)

        yield tell
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    with Progress(
        BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), console=console, transient=True
    ) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(task, description=what[:70], completed=done, total=total)
