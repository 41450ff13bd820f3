"""Measures how well failures that look alike are grouped: `python -m tests.load.cluster_mutants m05_autograd --kinds 12 --each 4`.

Kinds are listed mutants of a suite, drawn by a seed; a submission is the reference with one mutant in it, its local variables
renamed, its functions in another order, the texts of its errors other ones, its lines elsewhere, and its text written anew, graded
for real under its own seed. From what was recorded a larger class is made: numbers
and names in messages changed, one check in ten passed, one in twenty of the submissions with a stranger's failure besides. Prints
the adjusted Rand index of the groups against the mutants, for the real runs and for the larger class.
"""

import argparse
import ast
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from grader.sandbox.engines import default_engine
from grader.source import Tree, stage_folder
from grader.suite.check.listed_mutants import load_mutants
from grader.suite.manifest import load_suite
from grader.suite.order import Order
from grader.supervisor.pool import Pool
from grader.supervisor.run import grade
from tests.course_admin.review.clusters.larger_class import Recorded, larger_class, profiles_of
from tests.course_admin.review.clusters.measure import adjusted_rand, partition

SUITES = Path(__file__).resolve().parents[2] / "test_suites"
BUDGETS = "test_budgets.py"  # what costs too much is measured, takes long, and says nothing about mistakes


def renamed(source: str, seed: int) -> str:
    """Return a module with the local variables of its functions renamed, written anew."""
    draw = random.Random(seed)
    tree = ast.parse(source)
    for function in _outermost(tree):
        inside = list(ast.walk(function))
        arguments = {each.arg for each in inside if isinstance(each, ast.arg)}
        fixed = {name for each in inside if isinstance(each, ast.Global | ast.Nonlocal) for name in each.names}
        stored = {each.id for each in inside if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
        names = {
            name: f"{draw.choice(WORDS)}_{number}" for number, name in enumerate(sorted(stored - arguments - fixed))
        }
        for each in inside:
            if isinstance(each, ast.Name) and each.id in names:
                each.id = names[each.id]
    return ast.unparse(tree) + "\n"


WORDS = ("tmp", "res", "val", "out", "arr", "my", "cur", "acc", "foo", "data2")


def retyped(source: str, seed: int) -> str:
    """Return a module as somebody else would have typed it: other texts of errors, functions in another order, lines elsewhere."""
    draw = random.Random(seed)
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise):
            _say_otherwise(node, draw)
        if isinstance(node, ast.ClassDef):
            _reorder(node, draw)
    lines = "".join(f"# {draw.choice(WORDS)}\n" for _ in range(draw.randrange(40)))
    return f"{lines}{ast.unparse(tree)}\n"


def _say_otherwise(node: ast.Raise, draw: random.Random) -> None:
    """Give an error another text; what is filled in stays."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value.strip():
            each.value = f"{draw.choice(WORDS)} {draw.choice(WORDS)}: "


def _reorder(node: ast.ClassDef, draw: random.Random) -> None:
    """Put the plain methods of a class into another order; what is decorated or assigned stays where it is."""
    places = [
        place for place, each in enumerate(node.body) if isinstance(each, ast.FunctionDef) and not each.decorator_list
    ]
    last = max((place for place, each in enumerate(node.body) if isinstance(each, ast.Assign)), default=-1)
    movable = [place for place in places if place > last]
    for place, each in zip(movable, draw.sample([node.body[place] for place in movable], len(movable)), strict=True):
        node.body[place] = each


def _outermost(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from _outermost(node)


def record(suite_name: str, kinds: int, each: int, seed: int) -> list[Recorded]:
    """Grade renamed mutants of a suite, and return what they failed."""
    suite = load_suite(SUITES / suite_name)
    assert suite.reference is not None
    reference = stage_folder(suite.reference)
    able = [one for one in load_mutants(suite.folder) if not all(name.startswith(BUDGETS) for name in one.caught_by)]
    chosen = random.Random(seed).sample(able, min(kinds, len(able)))
    jobs = [(mutant, number) for mutant in chosen for number in range(each)]
    found = []
    with Pool(default_engine()) as pool:
        judge = pool.judge(suite)
        for mutant, number in jobs:
            tree = mutant.apply(reference)
            text = retyped(renamed(tree.read(mutant.file).decode("utf-8"), seed + number), seed + number)
            tree = Tree.of({**tree.contents(), mutant.file: text.encode("utf-8")})
            told = {"seed": seed + 100 * number, "order": Order(without=BUDGETS)}
            result = grade(tree, suite, pool.engine, judge=judge, open_candidate=pool.candidate, **told)
            lost = [
                (check.id, str(check.verdict), check.message) for check in result.checks if check.verdict != "passed"
            ]
            sys.stdout.write(f"{mutant.name} {number}: {len(lost)} of {len(result.checks)} checks lost\n")
            sys.stdout.flush()
            found.append(Recorded(mutant.name, lost))
    return found


def main() -> None:
    """Grade, group, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("suite", nargs="+")
    parser.add_argument("--kinds", type=int, default=12)
    parser.add_argument("--each", type=int, default=4)
    parser.add_argument("--class-size", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for what was recorded")
    options = parser.parse_args()
    for name in options.suite:
        kept = options.keep / f"{name}.json" if options.keep else None
        if kept is not None and kept.exists():
            found = [Recorded(kind, [tuple(line) for line in lost]) for kind, lost in json.loads(kept.read_text())]
        else:
            found = record(name, options.kinds, options.each, options.seed)
        if kept is not None:
            kept.write_text(json.dumps([(each.kind, each.lost) for each in found], indent=0))
        failing = [each for each in found if each.lost]
        many = larger_class(failing, options.class_size, options.seed)
        for what, some in (("real runs", failing), ("larger class", many)):
            index = adjusted_rand([each.kind for each in some], partition(*profiles_of(some)))
            kinds = len({each.kind for each in some})
            sys.stdout.write(
                f"{name}: {what}: {len(some)} submissions of {kinds} kinds, adjusted Rand index {index:.4f}\n"
            )


if __name__ == "__main__":
    main()
