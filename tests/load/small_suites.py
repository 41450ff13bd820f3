"""Measure small suites beside plain pytest: `python -m tests.load.small_suites --rounds 5 --sandbox bubblewrap`.

The suites are the exercises of `tests/foreign`, the submission all their right solutions side by side. Two figures, each the
median over rounds of the ratio to plain pytest of the same round, so that both see the same machine: one suite by
`python -m grader run`, and all of them in one such command beside one plain pytest over all. CPU seconds of the whole tree of
processes stand beside the seconds on the wall, for a busy machine.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.foreign.corpus import Corpus, copy_corpus, files_of_tests
from tests.foreign.plain import ROOT

TINY = "hanoi_moves"


@dataclass(frozen=True)
class Took:
    """What one command took: on the wall, and on the CPU with all its children that were waited for."""

    wall_seconds: float
    cpu_seconds: float


def took(command: Sequence[str], folder: Path) -> Took:
    """Run a command and return what it took; a failing test is no failure of it."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    wall_seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:5])} failed: {(done.stdout + done.stderr)[-1000:]}")
    return Took(wall_seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def plain(corpus: Corpus, solutions: Path, names: Sequence[str]) -> Took:
    """Plain pytest over the tests of these exercises, in one process."""
    files = [f"{name}/{file}" for name in names for file in files_of_tests(corpus.suite_folder(name))]
    out = str(corpus.folder / "plain.json")
    return took([sys.executable, "-m", "tests.foreign.plain", str(solutions), out, *files], corpus.folder / "suites")


def graded(corpus: Corpus, solutions: Path, names: Sequence[str], sandbox: str) -> Took:
    """One command that grades these exercises."""
    suites = [part for name in names for part in ("--suite", str(corpus.suite_folder(name)))]
    command = [sys.executable, "-m", "grader", "run", str(solutions), *suites, "--sandbox", sandbox]
    return took(command, ROOT)


def compare(title: str, corpus: Corpus, names: Sequence[str], rounds: int, sandbox: str) -> None:
    """Measure both ways in turn, after a round that counts for nothing, and print the ratios."""
    solutions = corpus.solutions("right")
    measured = []
    for number in range(rounds + 1):
        pair = graded(corpus, solutions, names, sandbox), plain(corpus, solutions, names)
        if number:
            measured.append(pair)
    for unit in ("wall_seconds", "cpu_seconds"):
        ours, theirs = ([getattr(pair[side], unit) for pair in measured] for side in (0, 1))
        ratio = statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))
        medians = f"{statistics.median(ours):.2f} beside {statistics.median(theirs):.2f}"
        print(f"{title}, {unit}: {medians}, ratio {ratio:.2f}")  # noqa: T201


def main() -> None:
    """Measure one suite and all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="at least 1; one more comes first and counts for nothing")
    parser.add_argument("--sandbox", default="bubblewrap")
    parser.add_argument("--most", type=int, help="so many exercises only, instead of all")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus = copy_corpus(Path(folder))
        names = corpus.names[: options.most]
        compare("one suite", corpus, [TINY], options.rounds, options.sandbox)
        compare(f"{len(names)} suites", corpus, names, options.rounds, options.sandbox)


if __name__ == "__main__":
    main()
