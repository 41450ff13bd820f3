"""`make attacks`: runs the hostile submissions alone and prints a table by class; exit 1 if one of them got anything.

Behind what became of each stands what its run took, in honest runs measured beside it; more than `cost.MOST` is a finding.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from grader.errors import SandboxUnavailable
from tests.attacks import mutated_frames
from tests.attacks.attacks import Attack, attacks
from tests.attacks.cheats import Cheat, cheats
from tests.attacks.cost import Measured
from tests.attacks.on_imported import Pretender, pretenders
from tests.grader.engines import engine

HERE = Path(__file__).resolve().parent
DEAREST = 5  # runs that are named
FRAMES, FRAMES_SECONDS = 1_000_000, 20.0  # so many, or as many as fit
PROBES = ("test_isolation.py", "test_neighbours.py", "test_loading.py")


@dataclass(frozen=True)
class Row:
    """One hostile submission: how it is run on an engine, giving what it got and what became of it."""

    threat: str
    name: str
    run: Callable[[str], tuple[Measured, str]]


def main() -> int:
    """Run everything on every engine that is here, and print what came of it."""
    console = Console()
    names = [name for name in ("bubblewrap", "docker", "separate-user") if _available(name, console)]
    table = Table(title="Hostile submissions", title_justify="left")
    for heading in ("threat", "submission", *names):
        table.add_column(heading, overflow="fold")
    failed, costs = 0, []
    with tempfile.TemporaryDirectory() as folder:
        rows = sorted(_rows(Path(folder)), key=lambda row: (int(row.threat[1:]), row.name))
        for row in track(rows, "attacking", console=console, transient=True, disable=not console.is_terminal):
            outcomes = [row.run(name) for name in names]
            failed += sum(bool(found.findings) for found, _ in outcomes)
            costs += [(found.times, f"{row.name} on {name}") for name, (found, _) in zip(names, outcomes, strict=True)]
            table.add_row(row.threat, row.name, *(_cell(found, said) for found, said in outcomes))
    console.print(table)
    console.print(f"{len(rows)} attacks on {' and '.join(names) or 'no engine'}: {failed} got something")
    for times, name in sorted(costs, reverse=True)[:DEAREST]:
        console.print(f"{times:.1f} honest runs: {name}", highlight=False)
    spoilt = mutated_frames.run(FRAMES, FRAMES_SECONDS)
    found = ", ".join(f"{count} {name}" for name, count in spoilt.others.items()) or "no other exception"
    console.print(
        f"{spoilt.frames:,} spoilt frames: {spoilt.values:,} were values, {spoilt.refused:,} protocol errors, {found}",
        highlight=False,
    )
    console.print("What code in a box can see, reach and load:")
    probes = pytest.main(["-q", "--no-header", *(str(HERE / name) for name in PROBES)])
    return 1 if failed or probes or spoilt.others or not names else 0


def _rows(folder: Path) -> Iterator[Row]:
    for attack in attacks():
        yield Row(attack.threat, f"{attack.kind}/{attack.name}", lambda name, own=attack: _attack(own, name))
    for pretender in pretenders():
        yield Row(pretender.threat, f"equal/{pretender.name}", lambda name, own=pretender: _pretender(own, name))
    for cheat in cheats():
        yield Row(cheat.threat, f"cheat/{cheat.name}", lambda name, own=cheat: _cheat(own, name, folder))


def _cell(found: Measured, said: str) -> str:
    text, colour = ("; ".join(found.findings), "red") if found.findings else (said, "green")
    return f"[{colour}]{escape(text)}[/] ({found.times:.1f})"


def _attack(attack: Attack, engine_name: str) -> tuple[Measured, str]:
    found = attack.measured(engine_name)
    if not found.results:
        return found, ""
    (result,) = found.results
    lost = [check for check in result.checks if check.verdict.value != "passed"]
    if attack.kind == "forge":
        said = f"0 of {result.max_score:g} points"
    elif lost:
        said = f"{lost[0].verdict.value}, {len(result.checks) - 1} others kept"
    else:
        said = "all points kept"
    return found, said


def _pretender(pretender: Pretender, engine_name: str) -> tuple[Measured, str]:
    return pretender.measured(engine_name), "no point of any imported suite"


def _cheat(cheat: Cheat, engine_name: str, folder: Path) -> tuple[Measured, str]:
    found = cheat.measured(engine_name, folder)
    checks = [check for result in found.results for check in result.checks]
    return found, ", ".join(f"{check.verdict.value} with {check.points:g} points" for check in checks)


def _available(name: str, console: Console) -> bool:
    try:
        engine(name)
    except SandboxUnavailable as problem:
        console.print(f"[yellow]left out[/] {problem}", highlight=False)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
