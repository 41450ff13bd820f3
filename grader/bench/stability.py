"""Whether the same code gets the same grade: trees graded again and again beside busy neighbours, and what differed. Side: worker.

Every repetition draws the same inputs, as a regrade in the service does: the seed follows from tree and suite.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grader.bench.budget import busy
from grader.errors import UsageError
from grader.points import points_text
from grader.result import Check, RunResult
from grader.sandbox.base import Engine
from grader.seeds import derived_seed
from grader.source import Tree, stage_folder
from grader.suite.check.listed_mutants import load_mutants
from grader.suite.manifest import Suite
from grader.supervisor.pool import Pool
from grader.supervisor.run import grade

SHOWN = 20  # checks that differed


@dataclass
class Repeated:
    """One tree under one suite: what each of its checks, and its total, came to how often."""

    tree: str
    suite: str
    totals: Counter[str] = field(default_factory=Counter)
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, result: RunResult) -> None:
        """Count one result."""
        self.totals[points_text(result.score)] += 1
        for check in result.checks:
            self.outcomes.setdefault(check.id, Counter())[_outcome(check)] += 1

    @property
    def verdicts(self) -> int:
        """How many verdicts were given."""
        return sum(found.total() for found in self.outcomes.values())

    @property
    def differing_verdicts(self) -> int:
        """How many verdicts were others, or other points, than most of the same check."""
        return sum(differing(found) for found in self.outcomes.values())

    @property
    def unstable(self) -> dict[str, Counter[str]]:
        """The checks that did not always come to the same."""
        return {check: found for check, found in self.outcomes.items() if len(found) > 1}


def differing(found: Counter[str]) -> int:
    """Return how many of these are not what most of them are."""
    return found.total() - max(found.values(), default=0)


def _outcome(check: Check) -> str:
    return f"{check.verdict}, {points_text(check.points)} of {points_text(check.max_points)}"


@dataclass(frozen=True)
class Work:
    """One tree that is graded by one suite."""

    name: str
    tree: Tree
    suite: Suite


def run_stability(
    engine: Engine, works: Sequence[Work], *, repetitions: int, neighbours: Sequence[int], console: Console
) -> dict[str, Any]:
    """Grade every tree by its suite this often under each load; return a row for each load."""
    if repetitions < 2:
        raise UsageError(f"what differs is seen from two gradings on; -n is {repetitions}")
    if not works:
        raise UsageError("there is nothing to grade: name a TREE, or so many --mutants")
    rows = []
    with Pool(engine) as pool:
        for count in neighbours:
            repeated = []
            with busy(count):
                for work in works:
                    repeated.append(_repeat(pool, work, repetitions))
                    console.print(_sentence(count, repeated[-1]), highlight=False)
            rows.append(_row(count, repeated))
    return {"repetitions": repetitions, "rows": rows}


def mutants_of(suites: Sequence[Suite], count: int) -> list[Work]:
    """Return so many listed mistakes, of as many suites as there are; each is the suite's reference with one of them.

    Evenly taken from the suite's own; fewer, where a suite does not list that many.
    """
    works: list[Work] = []
    for number, suite in enumerate(suites):
        wanted = count // len(suites) + (number < count % len(suites))
        if wanted and suite.reference is None:
            raise UsageError(f"{suite.name} has no reference that its mutants are made from")
        if wanted and suite.reference is not None:
            reference, found = stage_folder(suite.reference), load_mutants(suite.folder)
            chosen = found[:: max(1, len(found) // wanted)][:wanted]
            works += [Work(f"{mutant.name}.mutant", mutant.apply(reference), suite) for mutant in chosen]
    return works


def _repeat(pool: Pool, work: Work, repetitions: int) -> Repeated:
    tree, suite = work.tree, work.suite
    seed = derived_seed("", suite.digest, tree.digest)
    repeated = Repeated(work.name, suite.name)
    for _ in range(repetitions):
        judge = pool.judge(suite)
        repeated.add(grade(tree, suite, pool.engine, seed=seed, judge=judge, open_candidate=pool.candidate))
    return repeated


def _row(neighbours: int, repeated: Sequence[Repeated]) -> dict[str, Any]:
    return {
        "neighbours": neighbours,
        "results": sum(each.totals.total() for each in repeated),
        "differing_totals": sum(differing(each.totals) for each in repeated),
        "verdicts": sum(each.verdicts for each in repeated),
        "differing_verdicts": sum(each.differing_verdicts for each in repeated),
        "unstable": [
            {"tree": each.tree, "suite": each.suite, "check": check, "outcomes": dict(found)}
            for each in repeated
            for check, found in each.unstable.items()
        ],
    }


def _sentence(neighbours: int, repeated: Repeated) -> str:
    totals = ", ".join(f"{points} ({count} times)" for points, count in repeated.totals.most_common())
    return (
        f"{neighbours} neighbours: {repeated.tree} under {repeated.suite}: {totals}; "
        f"{repeated.differing_verdicts} of {repeated.verdicts} verdicts differ"
    )


def print_stability(figures: Mapping[str, Any], console: Console) -> None:
    """Print the figures as a table, and the checks that did not always come to the same."""
    table = Table(title=f"Each tree graded {figures['repetitions']} times", title_justify="left")
    for heading in ("busy neighbours", "results", "totals that differ", "verdicts", "verdicts that differ"):
        table.add_column(heading, justify="right")
    for row in figures["rows"]:
        keys = ("neighbours", "results", "differing_totals", "verdicts", "differing_verdicts")
        table.add_row(*(str(row[key]) for key in keys))
    console.print(table)
    for row in figures["rows"]:
        for found in row["unstable"][:SHOWN]:
            outcomes = "; ".join(f"{outcome}: {count} times" for outcome, count in found["outcomes"].items())
            console.print(
                escape(f"{found['tree']} under {found['suite']}: {found['check']}: {outcomes}"), highlight=False
            )
    differing_verdicts, verdicts, differing_totals, results = (
        sum(row[key] for row in figures["rows"])
        for key in ("differing_verdicts", "verdicts", "differing_totals", "results")
    )
    console.print(
        f"{differing_verdicts} of {verdicts} verdicts and {differing_totals} of {results} totals differ.",
        highlight=False,
        soft_wrap=True,
    )
