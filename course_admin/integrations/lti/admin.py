"""The back office of LTI: administrators register platforms; who leads a course sees its link and its line items.

Which line item is an assignment's is told by signed launches and typed by nobody: our token may write to others as well.
"""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from course_admin.back_office.audited_admin import AuditedAdmin, AuditedForm
from course_admin.back_office.scoped_admin import DELETED
from course_admin.courses.requests import LoggedInRequest
from course_admin.integrations.lti.models import LtiAssignment, LtiCourse, Platform
from course_admin.integrations.lti.services import forget_line_item
from course_admin.integrations.lti.tasks import SYNC_COURSE
from course_admin.integrations.outbox.services import send_now
from course_admin.task_sender import send_on_commit


class LinkForm(AuditedForm):
    """A link, and why it is changed; whoever pauses it says so once."""

    def clean_why(self) -> str:
        """Take the reason of a pause as the reason of the change."""
        pauses = self.cleaned_data.get("is_paused") and "is_paused" in self.changed_data
        return self.cleaned_data["why"] or (self.cleaned_data.get("paused_reason", "") if pauses else "")


@admin.register(Platform)
class PlatformAdmin(AuditedAdmin):
    """Which learning platforms may open Assay; the page of learning platforms shows what they are told of us."""

    lookups = ()
    list_display = ["name", "issuer", "client_id"]
    search_fields = ["name", "issuer", "client_id"]
    fields = [
        *("name", "issuer", "client_id", "deployment_ids"),
        *("auth_login_url", "auth_access_url", "auth_audience", "jwks_url"),
    ]


@admin.register(LtiCourse)
class LtiCourseAdmin(AuditedAdmin):
    """Which course of which platform is which, and whether grades get there."""

    form = LinkForm
    lookups = ()
    list_display = [
        "course",
        "platform",
        "context_id",
        "is_paused",
        "paused_reason",
        "synced_at",
        "away_since",
        "words",
    ]
    list_filter = ["is_paused", *((name, admin.EmptyFieldListFilter) for name in ("away_since", "uncompared"))]
    list_select_related = ["course", "platform"]
    search_fields = ["course__title", "course__slug"]
    readonly_fields = [
        *("platform", "deployment_id", "context_id"),
        *("synced_at", "compared_at", "uncompared", "away_since", "next_try_at", "words"),
    ]
    fields = ["course", "is_paused", "paused_reason", *readonly_fields]
    actions = ["send_now"]

    @admin.action(description="Send grades now", permissions=["operate"])
    def send_now(self, request: HttpRequest, queryset: QuerySet[LtiCourse]) -> None:
        """Begin a round for each course that is not paused, without waiting for its turn."""
        begun = send_now(links=self.operable(request, queryset))
        for link in begun:
            send_on_commit(SYNC_COURSE, {"link_id": link})
        paused = len(queryset) - len(begun)
        said = f" {paused} are paused: mend what their reason says and untick it." if paused else ""
        self.message_user(request, f"The grades of {len(begun)} courses are being sent.{said}", messages.SUCCESS)


@admin.register(LtiAssignment)
class LtiAssignmentAdmin(AuditedAdmin):
    """Which line item shows the grades of which assignment."""

    lookups = ()
    list_filter = ["link__course"]
    fields = ["link", "assignment", "line_item"]
    list_display = ["assignment", "link", "line_item"]
    list_select_related = ["assignment", "link__course", "link__platform"]
    search_fields = ["assignment__title", "assignment__slug"]

    def delete_model(self, request: LoggedInRequest, obj: LtiAssignment) -> None:
        """Forget it with an event, and start over the grades that it concerns."""
        forget_line_item(row=obj, actor=request.user, at=timezone.now(), reason=DELETED)
