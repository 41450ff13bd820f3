"""How far a course's grades are on their way, and whether an answer of its LMS is still waited for. Only reads."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from course_admin.courses.models import Course
from course_admin.integrations.outbox.enquiry.progress import Asked, asked_of
from course_admin.integrations.outbox.models import Comparison, DeliveryState, GradeDelivery, Link


@dataclass(frozen=True, slots=True)
class Progress:
    """Of `all` grades that rounds have noted, `handed_over` wait for no round; `asked`: how far the comparison is."""

    all: int
    handed_over: int
    asked: Asked
    is_sending: bool

    @property
    def is_final(self) -> bool:
        """Say whether nothing of it changes by itself for now."""
        return not (self.asked.is_waiting or self.is_sending)

    @property
    def version(self) -> str:
        """Return a text that is another one as soon as anything has changed."""
        return f"{self.handed_over}/{self.all} {self.is_sending} {self.asked.version}"


def progress_of(course: Course, found: Comparison | None, at: datetime) -> Progress:
    """Return how far a course's grades are; while its link is paused, or its LMS away, nothing of it goes on."""
    link = Link.objects.filter(course=course).first()
    if link is None:
        return Progress(0, 0, Asked(), is_sending=False)
    mine = GradeDelivery.objects.filter(link=link)
    waiting = mine.filter(state=DeliveryState.WAITING).count()
    is_due = Link.objects.due(at).filter(pk=link.pk).exists()
    return Progress(mine.count(), mine.count() - waiting, asked_of(found, at), is_sending=is_due and waiting > 0)


def stopped_of(link: Link | None) -> QuerySet[GradeDelivery]:
    """Return the grades that go nowhere before somebody of staff does something; each says why in its words."""
    mine = GradeDelivery.objects.filter(link=link, state__in=(DeliveryState.FAILED, DeliveryState.PARKED))
    return mine.select_related("student", "assignment").order_by("assignment", "student__name", "student")
