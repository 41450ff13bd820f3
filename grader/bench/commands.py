"""`python -m grader bench WHAT`: the engine's measurements on the command line. Side: worker."""

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console

from grader.settings import SANDBOXES


def add_to(bench: "argparse._SubParsersAction[Any]") -> None:
    """Add the commands."""
    overhead = bench.add_parser("overhead", help="what isolation costs beside plain pytest")
    overhead.add_argument("--rounds", type=int, default=9)
    overhead.set_defaults(action=_overhead)
    budget = bench.add_parser("budget", help="how far a budget's verdict can be trusted here")
    budget.add_argument("--verdicts", type=int, default=200)
    budget.add_argument("--neighbours", type=int, nargs="+", default=[0, 2, 4])
    budget.add_argument("--sandbox", choices=SANDBOXES, default="auto")
    budget.set_defaults(action=_budget)
    throughput = bench.add_parser("throughput", help="what this machine's workers carry, over a real Redis")
    throughput.add_argument("-n", type=int, default=200, dest="submissions")
    throughput.add_argument("--broker", default="redis://127.0.0.1:6379/13", help="a Redis database that is emptied")
    throughput.set_defaults(action=_throughput)
    stability = bench.add_parser("stability", help="whether the same code gets the same grade, beside busy neighbours")
    stability.add_argument("trees", metavar="TREE", nargs="*", help="folder, .zip or .tar file")
    stability.add_argument(
        "--suite", required=True, type=Path, action="append", help="folder of a suite; again for more; or: all"
    )
    stability.add_argument("-n", type=int, default=20, dest="repetitions", help="how often each tree is graded")
    stability.add_argument("--mutants", type=int, default=0, help="so many listed mutants of the suites besides")
    stability.add_argument("--neighbours", type=int, nargs="+", default=[0, 4], metavar="N")
    stability.add_argument("--sandbox", choices=SANDBOXES, default="auto")
    stability.set_defaults(action=_stability)
    reference = bench.add_parser("reference", help="how often the reference fails a budget of its own suite")
    reference.add_argument(
        "--suite", required=True, type=Path, action="append", help="folder of a suite; again for more"
    )
    reference.add_argument("-n", type=int, default=1_000, dest="repetitions", help="how often each budget test is run")
    reference.add_argument("--seed", type=int, default=1, help="of the first run; each has the next one")
    reference.add_argument("--sandbox", choices=SANDBOXES, default="auto")
    reference.set_defaults(action=_reference)
    for command in (overhead, budget, throughput, stability, reference):
        command.add_argument("--json", metavar="OUT", help="write the figures as JSON; - for standard output")


def _overhead(options: argparse.Namespace) -> int:
    from grader.bench import overhead

    console = Console(stderr=options.json == "-")
    figures = overhead.run_overhead(options.rounds, console)
    overhead.print_overhead(figures, console)
    overhead.write_json(figures, options.json)
    return 0


def _budget(options: argparse.Namespace) -> int:
    from grader.bench import budget, overhead
    from grader.sandbox.engines import default_engine

    console = Console(stderr=options.json == "-")
    figures = budget.run_calibration(default_engine(options.sandbox), options.verdicts, options.neighbours, console)
    budget.print_calibration(figures, console)
    overhead.write_json(figures, options.json)
    return 0


def _throughput(options: argparse.Namespace) -> int:
    from grader.bench import overhead, throughput

    console = Console(stderr=options.json == "-")
    figures = throughput.run_throughput(options.submissions, options.broker, console)
    throughput.print_throughput(figures, console)
    overhead.write_json(figures, options.json)
    return 0


def _stability(options: argparse.Namespace) -> int:
    from grader.bench import overhead, stability
    from grader.sandbox.engines import default_engine
    from grader.source import stage_path
    from grader.suite.manifest import load_suite
    from grader.suite.suite_folders import suite_folders

    console = Console(stderr=options.json == "-")
    suites = [load_suite(suite) for suite in suite_folders(options.suite)]
    trees = {tree: stage_path(Path(tree)) for tree in options.trees}
    works = [stability.Work(name, tree, suite) for suite in suites for name, tree in trees.items()]
    figures = stability.run_stability(
        default_engine(options.sandbox),
        [*works, *stability.mutants_of(suites, options.mutants)],
        repetitions=options.repetitions,
        neighbours=options.neighbours,
        console=console,
    )
    stability.print_stability(figures, console)
    overhead.write_json(figures, options.json)
    return 1 if any(row["differing_verdicts"] or row["differing_totals"] for row in figures["rows"]) else 0


def _reference(options: argparse.Namespace) -> int:
    from grader.bench import overhead, reference
    from grader.sandbox.engines import default_engine
    from grader.suite.manifest import load_suite

    console = Console(stderr=options.json == "-")
    figures = reference.run_reference(
        default_engine(options.sandbox),
        [load_suite(suite) for suite in options.suite],
        repetitions=options.repetitions,
        first_seed=options.seed,
        console=console,
    )
    reference.print_reference(figures, console)
    overhead.write_json(figures, options.json)
    return 1 if any(row["failures"] for row in figures["rows"]) else 0
