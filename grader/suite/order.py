"""Which of a suite's checks a run is of, and in which order. Side: worker."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Order:
    """What to run: all of a suite in its own order, or a part of it, or in another order."""

    only: Collection[str] | None = None
    shuffle: int | None = None
    without: str | None = None  # a file of the suite to leave out
    first: Sequence[str] = ()  # checks to begin with
    until_lost: bool = False  # stop at the first test that loses points
    is_timed: bool = True  # otherwise budgets run their work once, and its answer is checked
    doubts_faults: bool = True  # what looks like a fault of the suite's is one if the reference meets it as well

    @property
    def is_whole(self) -> bool:
        """Whether every check of the suite is part of this run."""
        return self.only is None and self.without is None and not self.until_lost and self.is_timed

    def wants(self, check_id: str) -> bool:
        """Whether a check is part of this run."""
        left_out = self.without is not None and check_id.startswith(f"{self.without}::")
        return not left_out and (self.only is None or check_id in self.only)
