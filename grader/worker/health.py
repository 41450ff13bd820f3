"""Whether a worker is fit to grade: not if run after run fails for a reason of its own. Side: worker.

A worker that is not fit is worse than none: it takes run after run from those that are, and each must be begun again.
"""

from grader.errors import SandboxUnavailable
from grader.transport.archives import ArchiveUnavailable

FAULTS_IN_A_ROW = 3
#: Reasons that lie with a worker and its machine, whatever it is given to judge.
OWN = (SandboxUnavailable, ArchiveUnavailable, OSError, MemoryError)


class Fitness:
    """What a worker's last runs say about the worker."""

    def __init__(self) -> None:
        self._failed: set[str] = set()

    def note_result(self) -> None:
        """Note that a run was judged: whatever was wrong is over."""
        self._failed.clear()

    def note_fault(self, run: str, problem: Exception) -> None:
        """Note why a run was not judged; one that failed before counts once, for the fault may be its own after all."""
        if isinstance(problem, OWN):
            self._failed.add(run)

    @property
    def is_fit(self) -> bool:
        """Whether the worker should take another run."""
        return len(self._failed) < FAULTS_IN_A_ROW
