"""The back office of grades on their way: to look at, and to send again."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from course_admin.integrations.outbox.models import GradeDelivery
from course_admin.integrations.outbox.services import send_again
from course_admin.submissions.admin import History


@admin.register(GradeDelivery)
class GradeDeliveryAdmin(History):
    """Every grade that goes to an LMS, and how far it came."""

    course_path = "assignment__course"
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
    def send_again(self, request: HttpRequest, queryset: QuerySet[GradeDelivery]) -> None:
        """Let what failed, was parked or was confirmed wait once more."""
        done = send_again(deliveries=queryset)
        self.message_user(request, f"{done} grades will be sent at the next round.", messages.SUCCESS)
