"""An LMS whose work can be watched: the assignments that it shows, and the grades that it is handed."""

from collections.abc import Callable, Mapping
from typing import Any

from course_admin.integrations.outbox.enquiry.asking import Step
from course_admin.integrations.outbox.lms import GradeEntry, Shown


class WatchedLms:
    """An `outbox.lms.Lms` that tells `compared` how many assignments of how many it has shown, and `handed_over` of grades."""

    def __init__(self, lms: Any, *, compared: Step, handed_over: Callable[[int], object] | None = None) -> None:
        self._lms, self._compared, self._handed_over = lms, compared, handed_over
        self._shown: set[str] = set()
        self._total = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lms, name)

    def assignments(self) -> Mapping[int, str]:
        """Return what is compared, and say how much that is."""
        found: Mapping[int, str] = self._lms.assignments()
        self._total = len(found)
        self._compared(0, self._total)
        return found

    def read(self, assignment: str) -> Mapping[str, Shown]:
        """Return what is shown for an assignment, and say so, even if it is refused; once, however often it is read."""
        try:
            return self._lms.read(assignment)
        finally:
            self._shown.add(assignment)
            self._compared(len(self._shown), self._total)

    def write(self, assignment: str, entries: Mapping[str, GradeEntry]) -> str:
        """Hand over grades, and say how many; that it begins, too."""
        tell = self._handed_over or (lambda grades: None)
        tell(0)
        try:
            return self._lms.write(assignment, entries)
        finally:
            tell(len(entries))
