"""Whether the same code gets the same grade: `python -m tests.load.stability -n 20 --mutants 40 --neighbours 0 4`.

The demonstration's students under module 01, and listed mistakes of as many different modules as can be, each graded `-n` times
under each load, as `python -m grader bench stability` does with trees of one's own. Exit 1 if a verdict or a total differed.
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from course_admin.demo.students import STUDENTS
from grader.bench.stability import Work, mutants_of, print_stability, run_stability
from grader.sandbox.engines import default_engine
from grader.settings import SANDBOXES
from grader.source import Tree
from grader.suite.manifest import load_suite
from grader.suite.suite_folders import whole_course

DEMO_SUITE = "m01_tensor"


def works(mutants: int) -> list[Work]:
    """Return what is graded: each student of the demonstration, and so many mutants of the course's modules in turn."""
    suites = [load_suite(folder) for folder in whole_course()]
    demo = next(suite for suite in suites if suite.name == DEMO_SUITE)
    students = [
        Work(student.login, Tree.of({path: text.encode() for path, text in student.files().items()}), demo)
        for student in STUDENTS
    ]
    return [*students, *mutants_of([suite for suite in suites if re.match(r"m\d\d_", suite.name)], mutants)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Grade everything, and print what differed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-n", type=int, default=20, dest="repetitions", help="how often each tree is graded")
    parser.add_argument("--mutants", type=int, default=40)
    parser.add_argument(
        "--neighbours", type=int, nargs="+", default=[0, 4], metavar="N", help="busy processes beside it"
    )
    parser.add_argument("--sandbox", choices=SANDBOXES, default="auto")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures as JSON")
    options = parser.parse_args(arguments)
    console = Console()
    figures = run_stability(
        default_engine(options.sandbox),
        works(options.mutants),
        repetitions=options.repetitions,
        neighbours=options.neighbours,
        console=console,
    )
    print_stability(figures, console)
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 1 if any(row["differing_verdicts"] or row["differing_totals"] for row in figures["rows"]) else 0


if __name__ == "__main__":
    sys.exit(main())
