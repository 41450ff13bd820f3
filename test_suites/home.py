"""What the judge provides, in one process: the `measure` fixture of a student at home, who has no second sandbox.

Always true: a workload runs once on fresh inputs and its answer is checked; nothing is timed, because a laptop's clock
beside a browser decides nothing. `conftest.py` registers this module only where the judge's plug-in is absent.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from asserts import assert_close

Workload = Callable[..., Any]


class Measure:
    """Runs measured workloads once each, and checks what they return."""

    def __init__(self, test: Callable[..., Any], rng: np.random.Generator) -> None:
        self.test, self.rng = test, rng

    def __call__(
        self,
        workload: Workload,
        *,
        inputs: Callable[[np.random.Generator], tuple[Any, ...]],
        answer: Workload,
        setup: Workload | None = None,
        yardstick: Workload | None = None,
        against: Workload | None = None,
        rtol: float = 1e-4,
        atol: float = 1e-4,
    ) -> None:
        """Run `workload` on fresh `inputs` and compare with `answer`; the tolerances allow long float32 sums.

        setup: maps the inputs to the one argument of `workload`, and is not part of what a judge measures. yardstick
        and against say what a judge would compare the cost with; they are not run here.
        """
        self._require_mark("__budget__", "@budget(cpu=...)")
        if yardstick is not None and against is not None:
            raise TypeError("measure takes a yardstick or a rival workload (against), not both")
        values = inputs(self.rng)
        self._check(workload, values, answer, setup, rtol, atol)

    def scaling(
        self,
        workload: Workload,
        *,
        sizes: Sequence[int],
        inputs: Callable[[np.random.Generator, int], tuple[Any, ...]],
        answer: Workload,
        setup: Workload | None = None,
        rtol: float = 1e-4,
        atol: float = 1e-4,
    ) -> None:
        """Run `workload` once at the smallest of `sizes` and compare with `answer`."""
        self._require_mark("__scales__", "@scales(variable, at_most=...)")
        if len(set(sizes)) < 2:
            raise ValueError(f"measure.scaling needs two or more different sizes, it got {tuple(sizes)}")
        self._check(workload, inputs(self.rng, min(sizes)), answer, setup, rtol, atol)

    def _require_mark(self, attribute: str, mark: str) -> None:
        if not hasattr(self.test, attribute):
            raise TypeError(f"{self.test.__name__} measures a workload and so needs the mark {mark}")

    def _check(
        self,
        workload: Workload,
        values: tuple[Any, ...],
        answer: Workload,
        setup: Workload | None,
        rtol: float,
        atol: float,
    ) -> None:
        __tracebackhide__ = True
        expected = answer(*values)
        got = workload(setup(*values)) if setup is not None else workload(*values)
        assert_close(got, expected, rtol=rtol, atol=atol, call=f"the measured {workload.__name__}")


@pytest.fixture
def measure(request: pytest.FixtureRequest, rng: np.random.Generator) -> Measure:
    """Measure a workload against a yardstick; here, in one process, only its answer is checked."""
    return Measure(request.function, rng)
