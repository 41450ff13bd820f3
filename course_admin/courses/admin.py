"""The back office of courses, rosters, groups and accommodations."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from course_admin.back_office.audited_admin import (
    AuditedAdmin,
    AuditedForm,
    GrantedAdmin,
    SettingsForm,
    StudentZoneAdmin,
)
from course_admin.back_office.scoped_admin import IN_THE_ADMIN, CourseScopedInline
from course_admin.courses.changes import detach_account
from course_admin.courses.models import (
    Accommodation,
    Course,
    Enrollment,
    Group,
    GroupMembership,
    OtherEmail,
    Section,
    Student,
)
from course_admin.courses.requests import LoggedInRequest
from course_admin.policy import Action, may, may_change_line, viewer

ROSTER_COLUMNS = ("name", "course", "section", "email", "student_id", "github_login", "account", "is_active")
ROSTER_SEARCH = ["name", "email", "student_id", "github_login"]
KEYS = ("email", "student_id", "canvas_id", "lti_subject", "university_login", "github_login", "github_id")
CLAIMS = ("name", *KEYS, "is_active", "account")


class SectionInline(CourseScopedInline):
    """A course's sections, on its page."""

    model = Section
    fields = ["name"]


@admin.register(Course)
class CourseAdmin(AuditedAdmin):
    """Courses; an administrator makes one and its first instructor."""

    form = SettingsForm
    fields = [
        "title",
        "slug",
        "time_zone",
        "holidays",
        "slip_days",
        "regrade_request_days",
        "tas_may_grant",
        "repository_prefix",
        "queue_weight",
    ]
    lookups = ()
    list_display = ["title", "slug", "time_zone", "slip_days", "pages"]
    list_filter = ["time_zone"]
    search_fields = ["title", "slug"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [SectionInline]

    @admin.display(description=_("pages"))
    def pages(self, course: Course) -> str:
        """Link to the pages that set a course up."""
        links = (
            (reverse("set-up-course", args=[course.slug]), gettext("Set up its assignments")),
            (reverse("roster-import", args=[course.slug]), gettext("Import a roster")),
            (reverse("gradebook", args=[course.slug]), gettext("Gradebook")),
            (reverse("queue", args=[course.slug]), gettext("Queue")),
        )
        return format_html_join(" · ", '<a href="{}">{}</a>', links)


@admin.register(Section)
class SectionAdmin(AuditedAdmin):
    """Sections, for the search fields of other pages."""

    form = SettingsForm
    fields = ["course", "name"]
    lookups = ()
    list_display = ["name", "course"]
    list_filter = ["course"]
    list_select_related = ["course"]
    search_fields = ["name", "course__title"]
    autocomplete_fields = ["course"]


class EnrollmentForm(AuditedForm):
    """A roster line; `user`, who edits it, is set by the page."""

    user: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "scope" in self.fields:
            self.fields["scope"].required = False  # left out, it stays as it is

    def clean_scope(self) -> str:
        """Keep the scope that is not given."""
        return self.cleaned_data.get("scope") or self.instance.scope

    def clean(self) -> dict[str, Any]:
        """Say beside the role who appoints, instead of refusing the whole page later."""
        cleaned = super().clean()
        course = cleaned.get("course") or (self.instance.course if self.instance.course_id else None)
        line = Enrollment(course=course, role=cleaned.get("role", self.instance.role))
        if course and not may_change_line(self.user, line, {}):
            self.add_error("role", gettext("Only an instructor appoints head TAs and instructors."))
        return cleaned


class RosterAdmin(AuditedAdmin):
    """A roster, whoever is on it; accounts are linked by logging in, or by an administrator."""

    actions = ["detach"]

    @admin.action(description=_("Detach the account"), permissions=["operate"])
    def detach(self, request: LoggedInRequest, queryset: QuerySet[Enrollment]) -> None:
        """Let lines wait for the log-in of whom they claim again."""
        told: dict[str, Any] = {"actor": request.user, "at": timezone.now(), "reason": IN_THE_ADMIN}
        lines = [each for each in self.operable(request, queryset) if may_change_line(viewer(request), each, {})]
        done = sum(detach_account(person=Enrollment.objects.get(pk=each.pk), **told) for each in lines)
        words = ngettext("{done} account was detached.", "{done} accounts were detached.", done)
        self.message_user(request, words.format(done=done), messages.SUCCESS)


class OtherEmailInline(CourseScopedInline):
    """Somebody's further e-mail addresses, on their page."""

    model = OtherEmail
    fields = ["address"]


@admin.register(Enrollment)
class EnrollmentAdmin(RosterAdmin):
    """Everybody on a roster, in whatever role."""

    form = EnrollmentForm
    fields = ["course", "role", "scope", "section", "other_sections", *CLAIMS]
    lookups = ()
    list_display = ["name", "role", *ROSTER_COLUMNS[1:]]
    list_filter = ["role", "scope", "is_active", "course", "section"]
    list_select_related = ["course", "section", "account"]
    search_fields = ROSTER_SEARCH
    autocomplete_fields = ["course", "account", "other_sections"]
    inlines = [OtherEmailInline]

    def get_form(self, request: HttpRequest, obj: Enrollment | None = None, **kwargs: Any) -> type[ModelForm]:
        """Return the form, with who edits."""
        return type("EnrollmentForm", (super().get_form(request, obj, **kwargs),), {"user": request.user})

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Leave the lines of head TAs and instructors to who may appoint them."""
        is_closed = isinstance(obj, Enrollment) and not may_change_line(viewer(request), obj, {})
        return not is_closed and super().has_change_permission(request, obj)


@admin.register(Student)
class StudentAdmin(RosterAdmin):
    """The students of a roster."""

    fields = ["course", "section", "other_sections", *CLAIMS]
    lookups = ()
    list_display = ROSTER_COLUMNS
    list_filter = ["is_active", "course", "section", ("github_login", admin.EmptyFieldListFilter)]
    list_select_related = ["course", "section", "account"]
    search_fields = ROSTER_SEARCH
    autocomplete_fields = ["course", "account", "other_sections"]
    inlines = [OtherEmailInline]


class GroupMembershipInline(CourseScopedInline):
    """A group's students, on its page."""

    model = GroupMembership
    fields = ["student"]
    autocomplete_fields = ["student"]


@admin.register(Group)
class GroupAdmin(AuditedAdmin):
    """Groups of students; who is in one decides whose grade a push makes."""

    fields = ["course", "name", "hands_in_together"]
    lookups = ()
    list_display = ["name", "course", "hands_in_together"]
    list_filter = ["course", "hands_in_together"]
    list_select_related = ["course"]
    search_fields = ["name", "students__name"]
    autocomplete_fields = ["course"]
    inlines = [GroupMembershipInline]


@admin.register(Accommodation)
class AccommodationAdmin(StudentZoneAdmin, GrantedAdmin):
    """Standing accommodations, by the course's clock; the reason is on the page only for those who may read it."""

    fields = ["student", "extra_days", "starts_at", "reason"]
    lookups = ()
    list_display = ["student", "extra_days", "starts", "granted_by"]
    list_filter = ["student__course", "extra_days"]
    list_select_related = ["student__course", "granted_by"]
    search_fields = ["student__name", "student__email"]
    autocomplete_fields = ["student"]

    @admin.display(description=_("starts at"), ordering="starts_at")
    def starts(self, obj: Accommodation) -> str:
        """Show the moment by the course's clock."""
        return obj.student.course.by_its_clock(obj.starts_at)

    def get_fields(self, request: HttpRequest, obj: Accommodation | None = None) -> list[str]:
        """Hide a stored reason from those who may not read it; a new one has to be given."""
        may_read = obj is None or may(viewer(request), Action.SEE_PRIVATE_REASON, obj)
        names = ["student", "extra_days", "starts_at"]
        return [*names, "reason"] if may_read else names

    def reason(self, obj: Accommodation, form: ModelForm) -> str:
        """Return what the audit log may show: the private reason is not it."""
        return gettext("standing accommodation")
