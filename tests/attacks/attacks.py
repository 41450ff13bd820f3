"""Loads the hostile submissions and runs them: forgeries as a whole package, denials at the end of the right one.

A file's first lines are its contract: `# threat:` is its class, `# expect:` the verdicts that its test may end with, `# says:`,
where there is one, a part of what its student reads, by which it is known that the deed was done at all. A denial attacks
`Tensor.sum` and nothing else, so that exactly one of the chosen tests may lose its points.
"""

import functools
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from grader.result import RunResult
from grader.source import Tree, stage_folder
from grader.suite.manifest import Suite, load_suite
from grader.suite.order import Order
from grader.supervisor.run import grade
from grader.verdict import Verdict
from tests.attacks.cost import Measured, measured, seconds_of
from tests.grader.engines import below, engine, leftovers

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
MODULE = "tinytorch/core/tensor.py"
VICTIM = "test_reductions.py::test_reduces_everything_or_one_axis[sum]"
#: One test of each kind: values, errors, shapes, aliasing, constants.
CHOSEN = (
    VICTIM,
    "test_reductions.py::test_reduces_everything_or_one_axis[mean]",
    "test_construction.py::test_holds_the_numbers_as_float32[lists]",
    "test_construction.py::test_refuses_ragged_rows_and_text",
    "test_matmul.py::test_multiplies_oblong_matrices",
    "test_matmul.py::test_names_the_inner_dimensions_that_differ",
    "test_shape.py::test_reshape_takes_ints_a_tuple_or_a_list",
    "test_shape.py::test_index_out_of_range_raises_indexerror",
    "test_shape.py::test_results_are_copies",
    "test_interface.py::test_sizes_in_bytes_follow_from_the_constants",
)
LIMITS = {"memory_bytes": 384 << 20}
#: Everything but what is to be ended by a clock is ended by what it does, which takes several times as long beside twenty others.
PATIENT = {"test_wall_seconds": 60, "test_cpu_seconds": 20, "import_wall_seconds": 60}
#: What a test has that a clock is to end, as a share of what an honest run takes; and of a package whose tests are all lost, what
#: they have together, and each one after that.
TIMED = {"test_wall_seconds": 0.5, "import_wall_seconds": 1.0}  # and a test may have waited for as long again
ALL_LOST = {"lost_wall_seconds": 0.5, "late_wall_seconds": 0.05}
LEAST_SECONDS = 0.05


@dataclass(frozen=True)
class Attack:
    """One hostile file."""

    kind: str  # forge or deny
    name: str
    threat: str
    expect: frozenset[str]
    says: str
    text: str

    @property
    def label(self) -> str:
        return f"{self.threat}-{self.name}"

    def tree(self) -> Tree:
        """Return the submission: the attack alone, or behind the reference's tensor."""
        files = {"tinytorch/__init__.py": b"", "tinytorch/core/__init__.py": b""}
        own = reference().read(MODULE).decode() + "\n" if self.kind == "deny" else ""
        return Tree.of({**files, MODULE: (own + self.text).encode()})

    def measured(self, engine_name: str) -> Measured:
        """Grade the submission, on the chosen tests of module 01, and return what it got and cost."""
        before = below()
        return measured(
            lambda anew: honest_seconds(engine_name, anew),
            lambda seconds: [self.run(engine_name, seconds)],
            lambda results: self.findings(results[0], before),
        )

    def run(self, engine_name: str, honest_seconds: float) -> RunResult:
        """Grade the submission, with the time of an honest run where a clock is to end it."""
        is_timed = self.kind == "forge" or "timed_out" in self.expect
        shares = TIMED | (ALL_LOST if self.kind == "forge" else {})
        timed = {name: max(share * honest_seconds, LEAST_SECONDS) for name, share in shares.items()}
        own = replace(suite(), limits={**LIMITS, **(timed | {"test_cpu_seconds": 2} if is_timed else PATIENT)})
        return grade(self.tree(), own, engine(engine_name), seed=7, order=Order(only=CHOSEN))

    def findings(self, result: RunResult, before: Collection[int]) -> list[str]:
        """Return every way in which the attack got more than it may; before: the processes below this one at the start."""
        found = [f"left behind: {thing}" for thing in leftovers(before)]
        if len(result.checks) != len(CHOSEN):
            found.append(f"{len(result.checks)} of {len(CHOSEN)} tests are in the result")
        for check in result.checks:
            if self.kind == "forge" and check.points:
                found.append(f"{check.id} earned {check.points:g}")
            if self.kind == "deny" and check.id != VICTIM and check.verdict is not Verdict.PASSED:
                found.append(f"{check.id} is {check.verdict.value}: {check.message[:200]}")
            if self.kind == "deny" and check.id == VICTIM and check.verdict.value not in self.expect:
                found.append(
                    f"the attacked test is {check.verdict.value}, not {' or '.join(self.expect)}: {check.message[:200]}"
                )
            if check.id == VICTIM and self.says not in check.message:
                found.append(f"the attacked test does not say {self.says!r}: {check.message[:200]}")
            if any(ord(c) < 32 and c not in "\n\t" for c in check.message + check.output + check.name):
                found.append(f"{check.id} has a control character in its text")
        return found


@functools.cache
def attacks() -> tuple[Attack, ...]:
    """Return all hostile submissions."""
    return tuple(_load(path) for kind in ("forge", "deny") for path in sorted((HERE / kind).glob("*.py")))


def _load(path: Path) -> Attack:
    text = path.read_text(encoding="utf-8")
    heads = dict(line[2:].split(": ", 1) for line in text.splitlines()[:3] if re.match(r"# \w+: ", line))
    expected = frozenset(heads["expect"].split())
    return Attack(path.parent.name, path.stem, heads["threat"], expected, heads.get("says", ""), text)


_honest: dict[str, float] = {}  # seconds, by engine


def honest_seconds(engine_name: str, anew: bool = False) -> float:
    """Return what an honest run takes, measured once in this process, or now."""
    if anew or engine_name not in _honest:
        result = grade(reference(), suite(), engine(engine_name), seed=7, order=Order(only=CHOSEN))
        assert result.score == result.max_score > 0
        _honest[engine_name] = seconds_of(result)
    return _honest[engine_name]


@functools.cache
def reference() -> Tree:
    return stage_folder(PROJECT / "reference_impl")


@functools.cache
def suite() -> Suite:
    return replace(load_suite(PROJECT / "test_suites" / "m01_tensor"), limits={**LIMITS, **PATIENT})
