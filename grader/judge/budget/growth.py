"""How a cost grows with a size: the exponent of each round, and the ratio to the reference at each size. Side: judge.

The exponent alone could be bent: whoever wastes time on the small sizes grows slowly. So no size may cost more than so many
times what the reference needs for it, and each of these ratios is decided by the same sequential test as a budget.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.judge.budget import statistics
from grader.judge.budget.statistics import Interval, Standing


@dataclass
class Growth:
    """What the rounds of one measurement have shown."""

    sizes: tuple[int, ...]
    variable: str
    at_most: float  # the exponent
    within: float  # times the reference, at each size
    exponents: list[float] = field(default_factory=list)
    log_ratios: dict[int, list[float]] = field(default_factory=dict)

    def add(self, costs: Sequence[tuple[float, float | None]]) -> None:
        """Add one round: for each size the seconds of the candidate, and of the reference where there is one."""
        self.exponents.append(statistics.slope(self.sizes, [mine for mine, _ in costs]))
        for size, (mine, reference) in zip(self.sizes, costs, strict=True):
            if reference is not None:
                self.log_ratios.setdefault(size, []).append(math.log(mine / reference))

    def standing(self, is_last: bool) -> Standing:
        """Return what is known: over as soon as one test says so, within when none is left open."""
        ask = statistics.last_standing if is_last else statistics.standing
        states = [ask(self.exponents, self.at_most), *self._ratio_standings(is_last).values()]
        order = (Standing.OVER, Standing.UNDECIDED, Standing.TOO_CLOSE, Standing.WITHIN)
        return next(state for state in order if state in states)

    def _ratio_standings(self, is_last: bool) -> dict[int, Standing]:
        ask = statistics.last_standing if is_last else statistics.standing
        return {size: ask(samples, math.log(self.within)) for size, samples in self.log_ratios.items()}

    @property
    def interval(self) -> Interval:
        """The exponent, with its interval."""
        return statistics.interval(self.exponents)

    @property
    def sentence(self) -> str:
        """What a student reads of a growth that is over: the exponent if it is, or else the sizes that cost too much."""
        found = self.interval
        if statistics.last_standing(self.exponents, self.at_most) is Standing.OVER:
            return (
                f"The time grows as {self.variable}^{found.estimate:.2f} (between {found.low:.2f} and {found.high:.2f}); at "
                f"most {self.variable}^{self.at_most:g} is asked. Look for a loop inside a loop over {self.variable}."
            )
        over = [str(size) for size, state in self._ratio_standings(is_last=True).items() if state is Standing.OVER]
        return (
            f"The answer is right, but with {self.variable} = {' and '.join(over)} your code needs more than {self.within:g} "
            "times the time of the reference. Look for work that is done whatever the size is."
        )
