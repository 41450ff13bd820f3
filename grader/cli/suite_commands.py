"""The commands of `python -m grader suite`: each parses, calls one function of the engine, prints. Side: worker."""

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console

from grader.settings import SANDBOXES
from grader.suite.packages.requirements import LOCK
from grader.suite.suite_folders import suite_folders


def add_suite_commands(commands: Any, parser_class: type[argparse.ArgumentParser]) -> None:
    """Add the commands below `suite` to a parser's commands."""
    suites = commands.add_parser("suite", help="make, import and check suites").add_subparsers(
        dest="what", required=True, parser_class=parser_class
    )
    check = suites.add_parser("check", help="grade suites as they grade students")
    check.add_argument("suite", type=Path, nargs="+", help="folders of suites; or: all")
    check.add_argument("--sandbox", choices=SANDBOXES, default="auto")
    check.add_argument("--seed", type=int, default=2, help="of the second draw, under which mistakes are graded again")
    check.add_argument("--draws", type=_counted, default=2, help="of inputs, under which each listed mistake is graded")
    check.add_argument("--seeds", type=_counted, default=20, help="others, under which the reference is graded")
    check.add_argument(
        "--listed", type=_counted, metavar="N", help="grade so many of the listed mistakes instead of all"
    )
    check.add_argument("--generated", type=_counted, metavar="N", help="grade so many of the generated ones")
    check.add_argument(
        "--sample", type=int, default=0, metavar="SEED", help="draws them, so that they can be drawn again"
    )
    check.add_argument("--messages", type=Path, metavar="DIR", help="write what listed mistakes' students read")
    check.add_argument("--json", metavar="OUT", help="write the report as JSON; - for standard output")
    check.set_defaults(action=_suite_check)
    bring = suites.add_parser("import", help="make a suite of tests that a course has; nothing of them is executed")
    bring.add_argument("source", type=Path, metavar="SOURCE", help="folder, archive, notebook or autograding.json")
    bring.add_argument("-o", required=True, type=Path, dest="folder", metavar="DIR")
    bring.set_defaults(action=_suite_import)
    doctor = suites.add_parser("doctor", help="compare a suite with plain pytest, and explain each difference")
    doctor.add_argument("suite", type=Path)
    doctor.add_argument(
        "--reference", required=True, type=Path, metavar="TREE", help="a right solution: folder, .zip or .tar file"
    )
    doctor.add_argument("--sandbox", choices=SANDBOXES, default="auto")
    doctor.add_argument("--json", metavar="OUT", help="write the diagnosis as JSON; - for standard output")
    doctor.set_defaults(action=_suite_doctor)
    build = suites.add_parser(
        "build", help="look up and install the packages that a suite's manifest asks for, and write requirements.lock"
    )
    build.add_argument("suite", type=Path)
    build.set_defaults(action=_suite_build)
    new = suites.add_parser("new", help="write a small suite that passes its own check")
    new.add_argument("name")
    new.add_argument("--in", dest="parent", type=Path, default=Path("test_suites"), metavar="FOLDER")
    new.set_defaults(action=_suite_new)


def _counted(text: str) -> int:
    """Return a number from 1 on; argparse makes one line of the error."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _suite_check(options: argparse.Namespace) -> int:
    from grader.bench.overhead import write_json
    from grader.cli.progress import ticking
    from grader.cli.terminal import print_suite_report, print_suite_reports
    from grader.sandbox.engines import default_engine
    from grader.suite.check.checker import Checker
    from grader.suite.check.effort import Effort
    from grader.suite.check.messages import as_text
    from grader.suite.manifest import load_suite

    console = Console(stderr=options.json == "-")
    suites = [load_suite(folder) for folder in suite_folders(options.suite)]
    effort = Effort(options.draws, options.seeds, options.listed, options.generated, options.sample)
    engine = default_engine(options.sandbox)
    if options.messages is not None:
        options.messages.mkdir(parents=True, exist_ok=True)
    reports = []
    for suite in suites:
        with ticking(console) as tick:
            report = Checker(suite, engine, tick, seed=options.seed, effort=effort).check()
        reports.append(report)
        print_suite_report(report, console)
        if options.messages is not None:
            (options.messages / f"{suite.name}.txt").write_text(as_text(report.read), encoding="utf-8")
        if len(suites) == 1:
            write_json(report.as_json(), options.json)
        elif options.json != "-" or len(reports) == len(suites):  # a sweep takes hours: what is done is kept
            write_json([done.as_json() for done in reports], options.json)
    if len(suites) > 1:
        print_suite_reports(reports, console)
    return 0 if all(report.holds for report in reports) else 1


def _suite_import(options: argparse.Namespace) -> int:
    from grader.suite.importing.writing import NOTES, import_suite

    tree = import_suite(options.source, options.folder)
    Console().print(
        f"wrote {len(tree.paths)} files to {options.folder}; read {options.folder / NOTES} first", highlight=False
    )
    return 0


def _suite_doctor(options: argparse.Namespace) -> int:
    from grader.bench.overhead import write_json
    from grader.cli.terminal import print_diagnosis
    from grader.sandbox.engines import default_engine
    from grader.source import stage_path
    from grader.suite.doctor.diagnosis import diagnose
    from grader.suite.manifest import load_suite

    found = diagnose(load_suite(options.suite), stage_path(options.reference), default_engine(options.sandbox))
    print_diagnosis(found, Console(stderr=options.json == "-"))
    write_json(found.as_json(), options.json)
    return 0 if found.holds else 1


def _suite_build(options: argparse.Namespace) -> int:
    from grader.suite.authoring.building import build_packages

    console = Console()
    for kind, packages in build_packages(options.suite).items():
        names = ", ".join(pin.partition(" ")[0] for pin in packages.pins) or "nothing besides what every box holds"
        console.print(f"{kind}: {names}", highlight=False, soft_wrap=True)
    console.print(f"wrote {options.suite / LOCK}, which is part of the suite", highlight=False, soft_wrap=True)
    return 0


def _suite_new(options: argparse.Namespace) -> int:
    from grader.suite.authoring.scaffold import new_suite

    folder = new_suite(options.name, options.parent)
    Console().print(f"wrote {folder}; try: python -m grader suite check {folder}", highlight=False)
    return 0
