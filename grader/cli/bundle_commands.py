"""The commands of `python -m grader bundle`: each parses, calls one function of the engine, prints. Side: worker."""

import argparse
import os
from pathlib import Path
from typing import Any

from rich.console import Console

from grader.cli.progress import ticking


def add_bundle_commands(commands: Any, parser_class: type[argparse.ArgumentParser]) -> None:
    """Add the commands below `bundle` to a parser's commands."""
    bundles = commands.add_parser("bundle", help="write a suite as an archive for another system").add_subparsers(
        dest="what", required=True, parser_class=parser_class
    )
    gradescope = bundles.add_parser("gradescope", help="an autograder that runs inside Gradescope's container")
    gradescope.add_argument("suite", type=Path)
    gradescope.add_argument("-o", required=True, type=Path, dest="archive", metavar="FILE")
    gradescope.set_defaults(action=_bundle_gradescope)


def _bundle_gradescope(options: argparse.Namespace) -> int:
    from grader.autograder.archive import PackedSuite, write_autograder
    from grader.sandbox.rootfs.locate import ensure_roots
    from grader.suite.bundle import pack_suite
    from grader.suite.manifest import load_suite

    console = Console()
    suite = load_suite(options.suite)
    packed = PackedSuite(suite.name, suite.digest, pack_suite(suite))
    unfinished = options.archive.with_name(f".{options.archive.name}.unfinished")
    with console.status("looking for the file systems of boxes"):
        roots = ensure_roots()
    with ticking(console) as tick, unfinished.open("w+b") as target:
        tick("packing", 0, 0)
        write_autograder(target, packed, roots, lambda done, total: tick("packing", done, total))
    os.replace(unfinished, options.archive)
    size = options.archive.stat().st_size / 1e6
    console.print(f"wrote {options.archive} ({size:.0f} MB); upload it as it is as the autograder", highlight=False)
    return 0
