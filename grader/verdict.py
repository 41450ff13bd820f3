"""The closed list of verdicts a check can end with: only `passed` earns points by itself. Side: any.

A verdict is made by the judge from values and from what the kernel reports; no text from the candidate becomes one.
"""

from enum import StrEnum


class Verdict(StrEnum):
    """How one check ended."""

    PASSED = "passed"  # every assertion of the test held, on values in the judge
    FAILED = "failed"  # a value or an exception was not what the test expects, or a reply was malformed
    CRASHED = "crashed"  # the candidate's process ended before it answered: a signal, os._exit, a failed import
    TIMED_OUT = "timed_out"  # the CPU or wall-clock limit of the test passed
    OUT_OF_MEMORY = "out_of_memory"  # the memory limit was reached
    OUTPUT_EXCEEDED = "output_exceeded"  # more was printed, or returned, than a test may
    OVER_BUDGET = "over_budget"  # right, but its cost against the yardstick passed the budget
    SKIPPED = "skipped"  # not run: an earlier need was not met, or the suite skipped it; earns nothing


#: Verdicts that can carry points: `over_budget` only through a budget's published partial-credit curve.
CAN_EARN_POINTS = frozenset({Verdict.PASSED, Verdict.OVER_BUDGET})
