"""The command line: `python -m grader COMMAND`; parses, calls one function of the engine, prints. Side: worker.

Exit 0: done (graded, whatever the score). Exit 2: wrong usage, with one clear line. Exit 3: a fault that is not the
student's.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from rich.console import Console

from grader.bench import commands as bench_commands
from grader.cli.bundle_commands import add_bundle_commands
from grader.cli.suite_commands import add_suite_commands
from grader.client.commands import add_commands
from grader.errors import Fault, GraderError, UsageError
from grader.points import points_text
from grader.result import ResultError, RunResult
from grader.settings import SANDBOXES
from grader.suite.suite_folders import is_whole_course, suite_folders

EXIT_DIFFERS, EXIT_USAGE, EXIT_FAULT = 1, 2, 3


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of every command."""
    parser = _Parser(prog="python -m grader", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    run = commands.add_parser("run", help="grade a folder, a file or an archive")
    run.add_argument("tree", metavar="TREE", help="folder, .py, .zip or .tar file")
    run.add_argument(
        "--suite", required=True, type=Path, action="append", help="folder of a suite; may be given again; or: all"
    )
    run.add_argument("--json", metavar="OUT", help="write the result as JSON; - for standard output")
    run.add_argument("--sandbox", choices=SANDBOXES, default="auto")
    run.add_argument("--seed", type=int, help="draw the inputs of an earlier run again")
    run.add_argument("--without", metavar="FILE", help="leave out the tests of one file of the suite")
    run.set_defaults(action=_run)
    replay = commands.add_parser("replay", help="grade again what a result was made from, and compare")
    replay.add_argument("result", type=Path, metavar="RESULT", help="JSON of an earlier run, or a bundle of one")
    replay.add_argument("tree", metavar="TREE", nargs="?", help="not needed for a bundle, nor is --suite")
    replay.add_argument("--suite", type=Path)
    replay.add_argument("--sandbox", choices=SANDBOXES, default="auto")
    replay.set_defaults(action=_replay)
    starter = commands.add_parser("starter", help="write the template repository of a module")
    starter.add_argument("module", help="the module's number, such as 01")
    starter.add_argument("-o", required=True, type=Path, dest="folder", metavar="DIR")
    starter.set_defaults(action=_starter)
    add_suite_commands(commands, _Parser)
    add_bundle_commands(commands, _Parser)
    bench = commands.add_parser("bench", help="measure the engine itself").add_subparsers(
        dest="what", required=True, parser_class=_Parser
    )
    bench_commands.add_to(bench)
    add_commands(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    try:
        options = build_parser().parse_args(arguments)
        action: Callable[[argparse.Namespace], int] = options.action
        return action(options)
    except UsageError as problem:
        return _complain(problem, EXIT_USAGE)
    except GraderError as problem:
        return _complain(problem, EXIT_FAULT)
    except KeyboardInterrupt:
        return _complain(UsageError("stopped"), 130)


def _complain(problem: Exception, status: int) -> int:
    from grader.sanitize import clean

    kind = "fault" if isinstance(problem, Fault) else "error"
    print(f"{kind}: {clean(str(problem), 2000).replace(chr(10), ' ')}", file=sys.stderr)  # noqa: T201
    return status


def _run(options: argparse.Namespace) -> int:
    from grader.cli.terminal import print_course, print_result

    if options.json not in (None, "-") and not Path(options.json).absolute().parent.is_dir():
        raise UsageError(f"the folder of --json {options.json} does not exist")
    console = Console(stderr=options.json == "-")
    suites = suite_folders(options.suite)
    results = grade_path(options.tree, suites, options.sandbox, options.seed, console, options.without)
    if is_whole_course(options.suite):
        print_course(results, suites, console)
    else:
        for result in results:
            print_result(result, console)
    documents = [result.to_json(indent=2) for result in results]
    text = documents[0] if len(documents) == 1 else "[" + ",\n".join(documents) + "]"
    if options.json == "-":
        sys.stdout.write(text + "\n")
    elif options.json is not None:
        write_whole(Path(options.json), text + "\n")
        console.print(f"wrote {options.json}", highlight=False)
    return 0


def _replay(options: argparse.Namespace) -> int:
    from grader.replay import replay, replay_bundle
    from grader.sandbox.engines import default_engine
    from grader.source import stage_path
    from grader.suite.manifest import load_suite
    from grader.suite.replay_bundle import ReplayBundle

    if options.tree is None and options.suite is None:
        found = replay_bundle(ReplayBundle.read(options.result), default_engine(options.sandbox))
    elif options.tree is None or options.suite is None:
        raise UsageError("replay needs a bundle alone, or a result with its TREE and --suite")
    else:
        earlier, suite = read_result(options.result), load_suite(options.suite)
        found = replay(earlier, stage_path(Path(options.tree)), suite, default_engine(options.sandbox))
    console = Console()
    for difference in found.differences:
        console.print(
            f"{difference.check}: {difference.then} then; {difference.now} now", highlight=False, soft_wrap=True
        )
    if found.differences:
        console.print(f"{len(found.differences)} of {len(found.then.checks)} checks differ.", highlight=False)
        return EXIT_DIFFERS
    now = found.now
    console.print(f"The replay gives the same points: {points_text(now.score)} of {points_text(now.max_score)}.")
    return 0


def _starter(options: argparse.Namespace) -> int:
    from grader.suite.authoring.starter import write_starter

    paths = write_starter(options.module, options.folder)
    Console().print(
        f"wrote {len(paths)} files to {options.folder}; try: cd {options.folder} && pytest", highlight=False
    )
    return 0


def read_result(path: Path) -> RunResult:
    """Read a result's JSON file; raises UsageError if it cannot be read."""
    try:
        return RunResult.from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ResultError) as problem:
        raise UsageError(f"{path} cannot be read: {problem}") from None


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(name, 0o644)
    os.replace(name, path)


def grade_path(
    tree: str, suites: Sequence[Path], sandbox: str, seed: int | None, console: Console, without: str | None = None
) -> list[RunResult]:
    """Grade what a path names against one or more suites, showing progress on a terminal; see `grade_all` for the seed."""
    from grader.cli.progress import progress_of
    from grader.sandbox.engines import default_engine
    from grader.source import stage_path
    from grader.suite.manifest import load_suite
    from grader.supervisor.batch import grade_all

    loaded = [load_suite(suite) for suite in suites]
    staged = stage_path(Path(tree))
    engine = default_engine(sandbox, starts_at_once=True)
    with progress_of(console) as on_check:
        return grade_all(staged, loaded, engine, seed=seed, without=without, on_check=on_check)
