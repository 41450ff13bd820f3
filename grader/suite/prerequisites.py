"""Why points may be missing that are not this assignment's fault: a module it needs fails its own suite. Side: worker.

This is for milestones, and for courses without a reference: a module of a course pays for no earlier one
(`supervisor/course/earlier_modules.py`).
"""

from collections.abc import Callable
from pathlib import Path

from grader.result import RunResult
from grader.suite.manifest import OWN_SUPPORT, Suite, load_suite

Passes = Callable[[Suite], bool]  # whether the submission gets all points in a suite, its budgets left aside


def notes_on_needs(result: RunResult, suite: Suite, passes: Passes) -> tuple[str, ...]:
    """Return a sentence for each needed module that fails its own suite.

    Nothing is tried where no points were lost, nor where what was lost has been judged on the reference's earlier modules.
    """
    if result.score >= result.max_score or not suite.needs or result.provenance.get("looked_again"):
        return ()
    found = suites_by_topic(suite.folder.parent) or suites_by_topic(OWN_SUPPORT)
    return tuple(
        f"This assignment needs the module {found[topic].title}, which fails its own suite: mend that one first, "
        "and points here may come back with it."
        for topic in suite.needs
        if topic in found and not passes(found[topic])
    )


def suites_by_topic(folder: Path) -> dict[str, Suite]:
    """Return the suites of a folder by their topic."""
    loaded = (load_suite(path.parent) for path in sorted(folder.glob("*/suite.toml")))
    return {suite.topic: suite for suite in loaded if suite.topic}
