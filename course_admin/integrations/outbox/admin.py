"""The back office of grades on their way: to look at, and to send again."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.utils import timezone

from course_admin.back_office.scoped_admin import IN_THE_ADMIN, History
from course_admin.courses.requests import LoggedInRequest
from course_admin.integrations.outbox.models import GradeDelivery
from course_admin.integrations.outbox.services import send_again


@admin.register(GradeDelivery)
class GradeDeliveryAdmin(History):
    """Every grade that goes to an LMS, and how far it came."""

    fields = [
        *("student", "assignment", "points", "comment", "version", "state", "sent_points", "shown_points"),
        *("may_overwrite", "sent_at", "tries", "next_try_at", "words"),
    ]
    lookups = ()
    list_display = [
        "student",
        "assignment",
        "points",
        "state",
        "sent_points",
        "shown_points",
        "sent_at",
        "tries",
        "next_try_at",
        "words",
    ]
    list_filter = ["state", "assignment__course", "assignment", "sent_at"]
    list_select_related = ["student", "assignment"]
    search_fields = ["words"]
    search_through = ("student",)
    actions = ["send_again"]

    @admin.action(description="Compare with the LMS, and send again what differs", permissions=["operate"])
    def send_again(self, request: LoggedInRequest, queryset: QuerySet[GradeDelivery]) -> None:
        """Let what failed, was parked or was confirmed wait once more."""
        done, paused = send_again(
            deliveries=self.operable(request, queryset), actor=request.user, at=timezone.now(), reason=IN_THE_ADMIN
        )
        if done or not paused:
            self.message_user(request, f"{done} grades will be sent at the next round.", messages.SUCCESS)
        if paused:
            said = f"{paused} grades will be sent once their links, which are paused, are mended and resumed."
            self.message_user(request, said, messages.WARNING)
