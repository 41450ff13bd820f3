"""What run_autograder starts in Gradescope's container: judges the submission, and writes results.json, whole or not at all.

The judge is as far from the student's code there as anywhere: each in a box of its own, by bubblewrap if it can be started,
else by `grader.sandbox.separate_user`. Inputs are drawn from the tree, the suite and a key of the archive's, so that the same
work gets the same grade. Side: worker.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from grader.errors import Fault, GraderError, SandboxUnavailable, SourceError
from grader.result import gradescope
from grader.sandbox.base import Engine
from grader.sandbox.bubblewrap import Bubblewrap
from grader.sandbox.rootfs.runtime import runtime_folder
from grader.sandbox.separate_user.engine import SeparateUser
from grader.seeds import derived_seed
from grader.source import Tree, place_files, stage_path, unpack_archive
from grader.suite.bundle import REFERENCE
from grader.suite.manifest import Suite, load_packed_suite
from grader.supervisor.run import grade

EXIT_FAULT = 3


def main(place: Path) -> int:
    """Judge the submission below a folder, which is /autograder there; 0 once its results.json is written."""
    try:
        told = json.loads((place / "source" / "autograder.json").read_text(encoding="utf-8"))
        with tempfile.TemporaryDirectory(dir=runtime_folder()) as folder:
            unpack_archive((place / "source" / "suite.tar").read_bytes()).write_to(Path(folder) / "suite")
            reference = Path(folder) / "suite" / REFERENCE
            suite = load_packed_suite(Path(folder) / "suite" / told["suite"], reference if reference.is_dir() else None)
            if suite.digest != told["digest"]:
                raise Fault(f"the suite {suite.name} has the digest {suite.digest[:12]}, not {told['digest'][:12]}")
            document = judge(place / "submission", suite, choose_engine(), told["key"])
    except GraderError as problem:
        print(f"Assay could not judge this submission: {problem}", file=sys.stderr)  # noqa: T201 - for instructors
        return EXIT_FAULT
    write(place / "results", document)
    return 0


def choose_engine() -> Engine:
    """Return the strongest engine that works in this container; raises SandboxUnavailable, naming what is missing."""
    problems = []
    for engine in (Bubblewrap(), SeparateUser()):
        missing = engine.check()
        if not missing:
            print(f"Boxes by {engine.name}.")  # noqa: T201 - for instructors
            return engine
        problems.append(f"{engine.name}: {'; '.join(missing)}")
    raise SandboxUnavailable(" | ".join(problems))


def judge(submission: Path, suite: Suite, engine: Engine, key: str) -> dict[str, Any]:
    """Return Gradescope's document about a folder of student's files."""
    try:
        tree, moved = staged(submission, suite.required_files)
    except SourceError as problem:
        return {"score": 0, "tests": [], "output": str(problem), "output_format": "text"}
    seed = derived_seed(key, suite.digest, tree.digest)
    document = gradescope(grade(tree, suite, engine, seed=seed))
    document["output"] = "\n".join(filter(None, (*moved, document["output"])))
    document["extra_data"] = {"suite": suite.digest, "tree": tree.digest, "seed": seed, "sandbox": engine.name}
    return document


def staged(submission: Path, required_files: tuple[str, ...]) -> tuple[Tree, list[str]]:
    """Return the tree of what was handed in, and a sentence for each loose file that was put where the suite expects it."""
    tree = stage_path(submission)
    homes = place_files(tree.paths, required_files)
    if not homes:
        return tree, []
    placed = Tree.of({homes.get(name, name): data for name, data in tree.contents().items()}, tree.dropped)
    return placed, [f"{name} was put where this assignment expects it: {path}." for name, path in sorted(homes.items())]


def write(folder: Path, document: dict[str, Any]) -> None:
    """Put a results.json in its place, whole."""
    unfinished = folder / ".results.json"
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    unfinished.write_bytes(text.encode("utf-8", "backslashreplace"))
    os.replace(unfinished, folder / "results.json")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
