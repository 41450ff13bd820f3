"""What students read of listed mistakes: for who writes a suite, and searched for what only Python understands. Side: worker."""

import re
from collections.abc import Iterable

from grader.result import RunResult
from grader.suite.check.listed_mutants import Mutant
from grader.suite.check.report import is_lost

#: pytest's own words, objects at addresses, kinds of objects in place of names, marks of ours.
UNREADABLE = re.compile(
    r"DID NOT RAISE|Regex pattern|<class '|<bound method|<built-in|\bat 0x[0-9a-f.]+|memoryview|\ba (bound )?method\b|(?<!\w)\(S\)"
)


def unreadable(mutant: Mutant, result: RunResult) -> list[str]:
    """Return which of a mistake's messages hold what no student can make anything of, with the words."""
    return [
        f"{mutant.name}: {check.id} says {found[0]!r}"
        for check in result.checks
        if (found := UNREADABLE.search(check.message))
    ]


def as_text(read: Iterable[tuple[Mutant, RunResult]]) -> str:
    """Return all messages of all mistakes, as their students read them."""
    parts = []
    for mutant, result in read:
        parts.append(f"==== {mutant.name}: {mutant.why}\n")
        parts += [
            f"-- {check.id} ({check.points:g} of {check.max_points:g}, {check.verdict.value})\n{check.message}\n"
            for check in result.checks
            if is_lost(check)
        ]
    return "\n".join(parts)
