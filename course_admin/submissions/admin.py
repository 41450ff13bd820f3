"""The back office of what was handed in: everything to look at, nothing to rewrite; regrading adds a run."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from course_admin.back_office.scoped_admin import IN_THE_ADMIN, CourseScopedInline, History
from course_admin.liveness import clock
from course_admin.submissions.models import (
    Attempt,
    Check,
    ParkedPush,
    Push,
    PushState,
    Repository,
    Run,
    Snapshot,
    Upload,
)
from course_admin.submissions.queue import dispatch, staff_requests


class ReadOnlyInline(CourseScopedInline):
    """Rows of another table, shown below."""

    can_delete = False
    show_change_link = True


class RunInline(ReadOnlyInline):
    """An attempt's runs."""

    model = Run
    fields = readonly_fields = (
        "public_id",
        "state",
        "reason",
        "score",
        "max_score",
        "tries",
        "queued_at",
        "finished_at",
        "fault",
    )


#: Who sees a check, in words.
SEEN_BY = {
    "visible": _("visible"),
    "after_due_date": _("visible after the due time"),
    "after_published": _("visible once grades are published"),
    "hidden": _("hidden"),
}


class CheckInline(ReadOnlyInline):
    """A run's checks."""

    model = Check
    fields = ["number", "name", "verdict", "points", "max_points", "seen_by", "duration_seconds"]
    readonly_fields = ["seen_by"]
    show_change_link = False

    @admin.display(description=_("visibility"))
    def seen_by(self, check: Check) -> str:
        """Say who sees it."""
        return str(SEEN_BY[check.visibility])


@admin.register(Repository)
class RepositoryAdmin(History):
    """Which repository is whose."""

    fields = [
        *("full_name", "bound_name", "student", "course", "is_settled", "is_nobodys", "default_branch", "host_id"),
        *("asked_at", "answered_at"),
    ]
    lookups = ()
    list_display = ["full_name", "student", "course", "default_branch", "host_id", "asked_at", "answered_at"]
    list_filter = ["course"]
    list_select_related = ["student", "course"]
    search_fields = ["full_name", "bound_name", "student__name", "student__github_login"]


@admin.register(Push)
class PushAdmin(History):
    """Every push that was announced, with what became of it."""

    fields = [
        *("commit_id", "before_id", "repository", "ref", "forced", "sender_login", "received_at", "found_at"),
        *("state", "reason", "waits_for", "is_asked_for", "tries", "next_try_at", "delivery_id"),
    ]
    lookups = ()
    list_display = ["commit_id", "repository", "ref", "sender_login", "received_at", "state", "reason"]
    list_filter = ["state", "forced", "received_at", "repository__course"]
    list_select_related = ["repository"]
    search_fields = ["commit_id__startswith", "delivery_id__exact", "sender_login__exact"]
    search_through = ("repository",)
    actions = ["retry_push", "refetch", "grade_ignored"]

    @admin.action(description=_("Fetch the code again"), permissions=["operate"])
    def retry_push(self, request: HttpRequest, queryset: QuerySet[Push]) -> None:
        """Give pushes that need attention their tries back."""
        told: dict[str, Any] = {"by": request.user, "at": clock.now(), "reason": IN_THE_ADMIN}
        stuck = (
            self.operable(request, queryset)
            .filter(state=PushState.NEEDS_ATTENTION)
            .select_related("repository__course")
        )
        done = sum(staff_requests.retry_push(push=push, **told) for push in stuck)
        self.message_user(
            request,
            ngettext("{count} push will be fetched again.", "{count} pushes will be fetched again.", done).format(
                count=done
            ),
            messages.SUCCESS,
        )

    @admin.action(description=_("Fetch again what was refused"), permissions=["operate"])
    def refetch(self, request: HttpRequest, queryset: QuerySet[Push]) -> None:
        """Try once more what could not be graded at all."""
        self._ask(request, queryset, staff_requests.refetch, gettext("refused pushes will be fetched again"))

    @admin.action(description=_("Grade what was left out"), permissions=["operate"])
    def grade_ignored(self, request: HttpRequest, queryset: QuerySet[Push]) -> None:
        """Grade pushes that the rules ignored, from when they came."""
        self._ask(request, queryset, staff_requests.grade_ignored, gettext("ignored pushes will be graded"))

    def _ask(self, request: HttpRequest, pushes: QuerySet[Push], what: Callable[..., bool], words: str) -> None:
        told: dict[str, Any] = {"by": request.user, "at": clock.now(), "reason": IN_THE_ADMIN}
        chosen = self.operable(request, pushes).select_related("repository__course")
        self.message_user(request, f"{sum(what(push=push, **told) for push in chosen)} {words}.", messages.SUCCESS)


@admin.register(ParkedPush)
class ParkedPushAdmin(History):
    """Pushes of repositories of which nobody knows yet whose they are."""

    fields = ["full_name", "login", "course", "why", "delivery_id", "received_at"]
    lookups = ()
    list_display = ["full_name", "login", "course", "why", "received_at"]
    list_filter = ["course", "received_at"]
    list_select_related = ["course"]
    search_fields = ["full_name", "login"]


@admin.register(Upload)
class UploadAdmin(History):
    """What was uploaded and handed in, or waits for its student to confirm it."""

    fields = [
        *("student", "assignment", "account", "file_names", "size_bytes", "uploaded_at", "confirmed_at", "notes"),
    ]
    lookups = ()
    list_display = ["public_id", "student", "assignment", "uploaded_at", "confirmed_at"]
    list_filter = ["assignment__course", "assignment", "uploaded_at"]
    list_select_related = ["student", "assignment"]
    search_fields = ["public_id__exact", "student__name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Upload]:
        """Leave the bytes that wait where they are."""
        return super().get_queryset(request).defer("held")


@admin.register(Snapshot)
class SnapshotAdmin(History):
    """What branches held when their hosts were first asked after due times; both by the course's clock."""

    fields = ["repository", "assignment", "due", "commit_id", "taken"]
    readonly_fields = ["due", "taken"]
    lookups = ()
    list_display = ["repository", "assignment", "due", "commit_id", "taken"]
    list_filter = ["assignment__course", "assignment", "due_at"]
    list_select_related = ["repository", "assignment__course"]
    search_fields = ["commit_id__startswith"]
    search_through = ("repository",)

    @admin.display(description=_("due at"), ordering="due_at")
    def due(self, snapshot: Snapshot) -> str:
        """Show the due time that had passed."""
        return snapshot.assignment.course.by_its_clock(snapshot.due_at)

    @admin.display(description=_("taken at"), ordering="taken_at")
    def taken(self, snapshot: Snapshot) -> str:
        """Show when the host was asked."""
        return snapshot.assignment.course.by_its_clock(snapshot.taken_at)


@admin.register(Attempt)
class AttemptAdmin(History):
    """Every attempt."""

    fields = [
        *("public_id", "assignment", "students", "number", "received_at", "commit_id", "push", "archive_bytes"),
        *("notes", "refusal"),
    ]
    lookups = ()
    list_display = ["public_id", "assignment", "students", "number", "received_at", "commit_id", "report"]
    list_filter = ["assignment__course", "assignment", "received_at"]
    list_select_related = ["assignment"]
    list_prefetch = ("memberships__student",)
    readonly_fields = ["students"]
    search_fields = ["public_id__exact", "commit_id__startswith"]
    search_through = ("members",)
    inlines = [RunInline]
    actions = ["regrade_attempts"]

    @admin.display(description=_("students"))
    def students(self, attempt: Attempt) -> str:
        """Name those for whom it counts, who handed it in first."""
        return ", ".join(person.name for person in attempt.people)

    @admin.display(description=_("report"))
    def report(self, attempt: Attempt) -> str:
        """Link to the report as its student sees it, and more."""
        return format_html('<a href="{}">{}</a>', reverse("attempt", args=[attempt.public_id]), gettext("open"))

    @admin.action(description=_("Grade again"), permissions=["operate"])
    def regrade_attempts(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> None:
        """Queue another run of each attempt that has code to run, and none under way."""
        at = clock.now()
        chosen = self.operable(request, queryset)
        done = staff_requests.regrade_attempts(attempts=chosen, by=request.user, at=at, reason=IN_THE_ADMIN)
        dispatch.dispatch(at=at)
        self.message_user(
            request,
            ngettext("{count} run was queued.", "{count} runs were queued.", done).format(count=done),
            messages.SUCCESS,
        )


@admin.register(Run)
class RunAdmin(History):
    """Every run, with its state and what went wrong."""

    fields = [
        *("public_id", "attempt", "suite", "reason", "requested_by", "state", "waits_for", "queued_at", "not_before"),
        *(
            "is_bulk",
            "tries",
            "worker_faults",
            "worker",
            "started_at",
            "finished_at",
            "fault",
            "score",
            "max_score",
            "notes",
        ),
    ]
    lookups = ()
    list_display = ["public_id", "attempt", "state", "score", "max_score", "reason", "tries", "queued_at", "fault"]
    list_filter = ["state", "attempt__assignment__course", "suite__name", "queued_at"]
    list_select_related = ["attempt__assignment"]
    list_prefetch = ("attempt__memberships__student",)
    search_fields = ["public_id__exact", "worker__exact"]
    search_through = ("attempt",)
    inlines = [CheckInline]
    actions = ["retry_run", "cancel"]

    @admin.action(description=_("Judge again what needs attention"), permissions=["operate"])
    def retry_run(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        """Give runs that failed on our side their tries back."""
        self._ask(request, queryset, staff_requests.retry_run, gettext("runs will be judged again"))
        dispatch.dispatch(at=clock.now())

    @admin.action(description=_("Take back what is queued"), permissions=["operate"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        """Cancel runs that are still queued."""
        self._ask(request, queryset, staff_requests.cancel, gettext("runs were taken back"))

    def _ask(self, request: HttpRequest, runs: QuerySet[Run], what: Callable[..., bool], words: str) -> None:
        told: dict[str, Any] = {"by": request.user, "at": clock.now(), "reason": IN_THE_ADMIN}
        done = sum(
            what(run=run, **told) for run in self.operable(request, runs).select_related("attempt__assignment__course")
        )
        self.message_user(request, f"{done} {words}.", messages.SUCCESS)
