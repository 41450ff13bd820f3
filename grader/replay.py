"""Judge again what a result was made from, and compare check by check. Side: worker."""

from dataclasses import dataclass

from grader.errors import UsageError
from grader.points import points_text
from grader.result import Check, RunResult
from grader.sandbox.base import Engine
from grader.source import Tree
from grader.suite.manifest import Suite
from grader.suite.replay_bundle import ReplayBundle
from grader.supervisor.run import grade


@dataclass(frozen=True, slots=True)
class Difference:
    """One check that came out otherwise, or came out in one of the two runs only."""

    check: str
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found."""

    then: RunResult
    now: RunResult
    differences: tuple[Difference, ...]


def replay_bundle(bundle: ReplayBundle, engine: Engine) -> Replay:
    """Judge a bundle's submission again under its own suite and seed."""
    with bundle.unpacked_suite() as suite:
        return replay(bundle.result, bundle.tree(), suite, engine)


def replay(then: RunResult, tree: Tree, suite: Suite, engine: Engine) -> Replay:
    """Judge a tree again with an earlier result's seed; raises UsageError for another tree or suite than that one's."""
    for key, digest in (("tree_digest", tree.digest), ("suite_digest", suite.digest)):
        if then.provenance.get(key) != digest:
            raise UsageError(f"this is another {key.partition('_')[0]} than the one of the result")
    now = grade(tree, suite, engine, seed=int(then.provenance.get("seed", 0)))
    return Replay(then, now, tuple(_differences(then, now)))


def _differences(then: RunResult, now: RunResult) -> list[Difference]:
    old, new = ({check.id: _outcome(check) for check in result.checks} for result in (then, now))
    return [
        Difference(name, old.get(name, "no such check"), new.get(name, "no such check"))
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]


def _outcome(check: Check) -> str:
    return f"{check.verdict}, {points_text(check.points)} of {points_text(check.max_points)}"
