"""The back office of Canvas: administrators link courses, who leads a course says which assignments and people are which.

A token may grade in more courses than one, and whoever names a Canvas course decides whose gradebook is written to: so
that is for administrators.
"""

from typing import Any

from django.contrib import admin, messages
from django.forms import ModelForm
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from course_admin.courses.requests import LoggedInRequest
from course_admin.integrations.canvas.models import CanvasAssignment, CanvasCourse, CanvasStudent
from course_admin.integrations.canvas.services import save_link
from course_admin.integrations.outbox.admin import ExternalIdAdmin, LinkAdmin
from course_admin.integrations.outbox.services import save_external_id

STARTS_OVER = _(
    "The link leads to another Canvas course now, and its grades start over: its students are looked for again, and every "
    "grade is compared with what Canvas shows before it is sent. Check the numbers of its Canvas assignments, which were kept."
)


@admin.register(CanvasCourse)
class CanvasCourseAdmin(LinkAdmin):
    """Which Canvas course is which, and whether grades get there."""

    list_display = ["course", "address", "canvas_id", "is_paused", "paused_reason", "synced_at", "away_since", "words"]
    list_filter = [*LinkAdmin.list_filter, "address"]
    list_select_related = ["course"]
    search_fields = ["course__title", "course__slug", "canvas_id__exact"]
    readonly_fields = ["synced_at", "compared_at", "uncompared", "away_since", "next_try_at", "words"]
    fields = ["course", "address", "canvas_id", "is_linked_by_leader", "is_paused", "paused_reason", *readonly_fields]

    def save_model(self, request: LoggedInRequest, obj: CanvasCourse, form: ModelForm, change: bool) -> None:
        """Save it with an event, and say so if its grades start over."""
        if save_link(link=obj, actor=request.user, at=timezone.now(), reason=self.reason(obj, form)):
            self.message_user(request, STARTS_OVER, messages.WARNING)


class CorrectedAdmin(ExternalIdAdmin):
    """A table whose numbers staff correct."""

    def save_model(self, request: LoggedInRequest, obj: Any, form: ModelForm, change: bool) -> None:
        """Save it with an event, and start over the grades that it concerns."""
        save_external_id(row=obj, actor=request.user, at=timezone.now(), reason=self.reason(obj, form))


@admin.register(CanvasAssignment)
class CanvasAssignmentAdmin(CorrectedAdmin):
    """Which Canvas assignment shows the grades of which assignment."""

    fields = ["link", "assignment", "canvas_id"]
    list_display = ["assignment", "link", "canvas_id"]
    list_select_related = ["assignment", "link__course"]
    search_fields = ["assignment__title", "assignment__slug", "canvas_id__exact"]
    autocomplete_fields = ["assignment"]


@admin.register(CanvasStudent)
class CanvasStudentAdmin(CorrectedAdmin):
    """Who is who in Canvas."""

    fields = ["link", "student", "canvas_id"]
    list_display = ["student", "link", "canvas_id"]
    list_select_related = ["student", "link__course"]
    search_fields = ["student__name", "student__email", "canvas_id__exact"]
    autocomplete_fields = ["student"]
