"""How far an enquiry is, for the page that follows it. Only reads."""

from dataclasses import dataclass
from datetime import datetime

from course_admin.integrations.outbox.enquiry.model import Enquiry


@dataclass(frozen=True, slots=True)
class Asked:
    """Whether an answer is still to come, and how much of it has; `is_lost`: none has in time, though nothing says why."""

    is_waiting: bool = False
    is_lost: bool = False
    done: int = 0
    total: int | None = None

    @property
    def version(self) -> str:
        """Return a text that is another one as soon as anything has changed."""
        return f"{self.is_waiting} {self.is_lost} {self.done}/{self.total}"


def asked_of(found: Enquiry | None, at: datetime) -> Asked:
    """Return how far an enquiry is; None: nothing was asked."""
    if found is None:
        return Asked()
    return Asked(found.is_waiting(at), found.is_lost(at), found.done, found.total)
