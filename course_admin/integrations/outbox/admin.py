"""The back office of grades on their way: to look at, and to send again; and what the tables of every LMS have in common."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from course_admin.back_office.audited_admin import AuditedAdmin, AuditedForm
from course_admin.back_office.scoped_admin import DELETED, IN_THE_ADMIN, History
from course_admin.courses.requests import LoggedInRequest
from course_admin.integrations.outbox.models import GradeDelivery
from course_admin.integrations.outbox.services import forget_external_id, send_again, send_now
from course_admin.integrations.outbox.tasks import SYNC_COURSE
from course_admin.task_sender import send_on_commit


class LinkForm(AuditedForm):
    """A link, and why it is changed; whoever pauses it says so once."""

    def clean_why(self) -> str:
        """Take the reason of a pause as the reason of the change."""
        pauses = self.cleaned_data.get("is_paused") and "is_paused" in self.changed_data
        return self.cleaned_data["why"] or (self.cleaned_data.get("paused_reason", "") if pauses else "")


class LinkAdmin(AuditedAdmin):
    """A table of links to one kind of LMS."""

    form = LinkForm
    lookups = ()
    list_filter = ["is_paused", *((name, admin.EmptyFieldListFilter) for name in ("away_since", "uncompared"))]
    actions = ["send_now"]

    @admin.action(description=_("Send grades now"), permissions=["operate"])
    def send_now(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Begin a round for each course that is not paused, without waiting for its turn."""
        begun = send_now(links=self.operable(request, queryset))
        for link in begun:
            send_on_commit(SYNC_COURSE, {"link_id": link})
        paused = len(queryset) - len(begun)
        said = (
            ngettext(
                " {paused} is paused: mend what its reason says and untick it.",
                " {paused} are paused: mend what their reason says and untick it.",
                paused,
            ).format(paused=paused)
            if paused
            else ""
        )
        words = ngettext(
            "The grades of {count} course are being sent.{said}",
            "The grades of {count} courses are being sent.{said}",
            len(begun),
        )
        self.message_user(request, words.format(count=len(begun), said=said), messages.SUCCESS)


class ExternalIdAdmin(AuditedAdmin):
    """A table that says who or what is which in an LMS."""

    lookups = ()
    list_filter = ["link__course"]

    def delete_model(self, request: LoggedInRequest, obj: Any) -> None:
        """Delete it with an event, and start over the grades that it concerns."""
        forget_external_id(row=obj, actor=request.user, at=timezone.now(), reason=DELETED)


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

    @admin.action(description=_("Compare with the LMS, and send again what differs"), permissions=["operate"])
    def send_again(self, request: LoggedInRequest, queryset: QuerySet[GradeDelivery]) -> None:
        """Let what failed, was parked or was confirmed wait once more."""
        done, paused = send_again(
            deliveries=self.operable(request, queryset), actor=request.user, at=timezone.now(), reason=IN_THE_ADMIN
        )
        if done or not paused:
            words = ngettext(
                "{done} grade will be sent at the next round.", "{done} grades will be sent at the next round.", done
            )
            self.message_user(request, words.format(done=done), messages.SUCCESS)
        if paused:
            words = ngettext(
                "{paused} grade will be sent once its link, which is paused, is mended and resumed.",
                "{paused} grades will be sent once their links, which are paused, are mended and resumed.",
                paused,
            )
            self.message_user(request, words.format(paused=paused), messages.WARNING)
