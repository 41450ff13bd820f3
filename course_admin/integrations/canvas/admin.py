"""The back office of Canvas: administrators link courses, who leads a course says which assignments and people are which.

A token may grade in more courses than one, and whoever names a Canvas course decides whose gradebook is written to: so
that is for administrators.
"""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from course_admin.back_office.audited_admin import AuditedAdmin, AuditedForm
from course_admin.back_office.scoped_admin import DELETED
from course_admin.courses.requests import LoggedInRequest
from course_admin.integrations.canvas.models import CanvasAssignment, CanvasCourse, CanvasStudent
from course_admin.integrations.canvas.services import MappingRow, forget_mapping, save_link, save_mapping
from course_admin.integrations.canvas.tasks import SYNC_COURSE
from course_admin.integrations.outbox.services import send_now
from course_admin.task_sender import send_on_commit

STARTS_OVER = (
    "The link leads to another Canvas course now, and its grades start over: its students are looked for again, and every "
    "grade is compared with what Canvas shows before it is sent. Check the numbers of its Canvas assignments, which were kept."
)


class LinkForm(AuditedForm):
    """A link, and why it is changed; whoever pauses it says so once."""

    def clean_why(self) -> str:
        """Take the reason of a pause as the reason of the change."""
        pauses = self.cleaned_data.get("is_paused") and "is_paused" in self.changed_data
        return self.cleaned_data["why"] or (self.cleaned_data.get("paused_reason", "") if pauses else "")


@admin.register(CanvasCourse)
class CanvasCourseAdmin(AuditedAdmin):
    """Which Canvas course is which, and whether grades get there."""

    form = LinkForm
    lookups = ()
    list_display = ["course", "address", "canvas_id", "is_paused", "paused_reason", "synced_at", "away_since", "words"]
    list_filter = [
        "is_paused",
        *((name, admin.EmptyFieldListFilter) for name in ("away_since", "uncompared")),
        "address",
    ]
    list_select_related = ["course"]
    search_fields = ["course__title", "course__slug", "canvas_id__exact"]
    readonly_fields = ["synced_at", "compared_at", "uncompared", "away_since", "next_try_at", "words"]
    fields = ["course", "address", "canvas_id", "is_linked_by_leader", "is_paused", "paused_reason", *readonly_fields]
    actions = ["send_now"]

    def save_model(self, request: LoggedInRequest, obj: CanvasCourse, form: ModelForm, change: bool) -> None:
        """Save it with an event, and say so if its grades start over."""
        if save_link(link=obj, actor=request.user, at=timezone.now(), reason=self.reason(obj, form)):
            self.message_user(request, STARTS_OVER, messages.WARNING)

    @admin.action(description="Send grades now", permissions=["operate"])
    def send_now(self, request: HttpRequest, queryset: QuerySet[CanvasCourse]) -> None:
        """Begin a round for each course that is not paused, without waiting for its turn."""
        begun = send_now(links=self.operable(request, queryset))
        for link in begun:
            send_on_commit(SYNC_COURSE, {"link_id": link})
        paused = len(queryset) - len(begun)
        said = f" {paused} are paused: mend what their reason says and untick it." if paused else ""
        self.message_user(request, f"The grades of {len(begun)} courses are being sent.{said}", messages.SUCCESS)


class MappingAdmin(AuditedAdmin):
    """A table that says who or what is which in Canvas."""

    lookups = ()
    list_filter = ["link__course"]

    def save_model(self, request: LoggedInRequest, obj: MappingRow, form: ModelForm, change: bool) -> None:
        """Save it with an event, and start over the grades that it concerns."""
        save_mapping(row=obj, actor=request.user, at=timezone.now(), reason=self.reason(obj, form))

    def delete_model(self, request: LoggedInRequest, obj: MappingRow) -> None:
        """Delete it with an event, and start over the grades that it concerns."""
        forget_mapping(row=obj, actor=request.user, at=timezone.now(), reason=DELETED)


@admin.register(CanvasAssignment)
class CanvasAssignmentAdmin(MappingAdmin):
    """Which Canvas assignment shows the grades of which assignment."""

    fields = ["link", "assignment", "canvas_id"]
    list_display = ["assignment", "link", "canvas_id"]
    list_select_related = ["assignment", "link__course"]
    search_fields = ["assignment__title", "assignment__slug", "canvas_id__exact"]
    autocomplete_fields = ["assignment"]


@admin.register(CanvasStudent)
class CanvasStudentAdmin(MappingAdmin):
    """Who is who in Canvas."""

    fields = ["link", "student", "canvas_id"]
    list_display = ["student", "link", "canvas_id"]
    list_select_related = ["student", "link__course"]
    search_fields = ["student__name", "student__email", "canvas_id__exact"]
    autocomplete_fields = ["student"]
