"""How far a course's grades are on their way, and whether an answer of its LMS is still waited for. Only reads."""

from dataclasses import dataclass
from datetime import datetime

from course_admin.integrations.outbox.models import Comparison, DeliveryState, GradeDelivery, Link


@dataclass(frozen=True, slots=True)
class Progress:
    """Of `all` grades that rounds have noted, `handed_over` wait for no round; `is_asked`: an answer is still to come."""

    all: int
    handed_over: int
    is_asked: bool
    is_sending: bool

    @property
    def is_final(self) -> bool:
        """Say whether nothing of it changes by itself for now."""
        return not (self.is_asked or self.is_sending)

    @property
    def version(self) -> str:
        """Return a text that is another one as soon as anything has changed."""
        return f"{self.handed_over}/{self.all} {self.is_asked} {self.is_sending}"


def progress_of(link: Link | None, found: Comparison | None, at: datetime) -> Progress:
    """Return how far the grades of a link are; while it is paused, or its LMS away, nothing of it goes on."""
    if link is None:
        return Progress(0, 0, is_asked=False, is_sending=False)
    mine = GradeDelivery.objects.filter(link=link)
    waiting = mine.filter(state=DeliveryState.WAITING).count()
    is_due = Link.objects.due(at).filter(pk=link.pk).exists()
    is_asked = found is not None and found.read_at is None and not found.words
    return Progress(mine.count(), mine.count() - waiting, is_asked, is_sending=is_due and waiting > 0)
