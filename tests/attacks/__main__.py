"""`make attacks`: runs the hostile submissions alone and prints a table by class; exit 1 if one of them got anything."""

import sys

from rich.console import Console
from rich.progress import track
from rich.table import Table

from grader.errors import SandboxUnavailable
from grader.result import RunResult
from tests.attacks.attacks import Attack, attacks
from tests.grader.engines import engine


def main() -> int:
    """Run everything on every engine that is here, and print what came of it."""
    console = Console()
    names = [name for name in ("bubblewrap", "docker") if _available(name, console)]
    table = Table(title="Hostile submissions", title_justify="left")
    for heading in ("threat", "submission", *names):
        table.add_column(heading, overflow="fold")
    failed = 0
    everything = sorted(attacks(), key=lambda attack: attack.label)
    for attack in track(everything, "attacking", console=console, transient=True, disable=not console.is_terminal):
        cells = []
        for name in names:
            result = attack.run(name)
            findings = attack.findings(result)
            failed += bool(findings)
            cells.append(f"[red]{'; '.join(findings)}[/]" if findings else f"[green]{_outcome(attack, result)}[/]")
        table.add_row(attack.threat, f"{attack.kind}/{attack.name}", *cells)
    console.print(table)
    console.print(f"{len(everything)} attacks on {' and '.join(names) or 'no engine'}: {failed} got something")
    return 1 if failed or not names else 0


def _available(name: str, console: Console) -> bool:
    try:
        engine(name)
    except SandboxUnavailable as problem:
        console.print(f"[yellow]left out[/] {problem}", highlight=False)
        return False
    return True


def _outcome(attack: Attack, result: RunResult) -> str:
    if attack.kind == "forge":
        return f"0 of {result.max_score:g} points"
    lost = [check for check in result.checks if check.verdict.value != "passed"]
    return f"{lost[0].verdict.value}, {len(result.checks) - 1} others kept" if lost else "all points kept"


if __name__ == "__main__":
    sys.exit(main())
