"""The back office of courses, rosters, groups and accommodations, and the audit log to look at."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join

from course_admin.courses.audited_admin import AuditedAdmin, AuditedForm, GrantedAdmin
from course_admin.courses.models import (
    LEADING_ROLES,
    Accommodation,
    AuditEvent,
    Course,
    Enrollment,
    Group,
    GroupMembership,
    Section,
    Student,
)
from course_admin.courses.models.accommodation import REASON_PERMISSION
from course_admin.courses.roster import may_appoint
from course_admin.courses.scoped_admin import LOOKING, CourseScopedAdmin, CourseScopedInline

ROSTER_COLUMNS = ("name", "course", "section", "email", "student_id", "github_login", "account", "is_active")
ROSTER_SEARCH = ["name", "email", "student_id", "github_login", "account__username"]


class SectionInline(CourseScopedInline):
    """A course's sections, on its page."""

    model = Section


@admin.register(Course)
class CourseAdmin(CourseScopedAdmin):
    """Courses; an administrator makes one and its first instructor."""

    course_path = ""
    leaders_may = ("view", "change")
    list_display = ["title", "slug", "time_zone", "slip_days", "pages"]
    list_filter = ["time_zone"]
    search_fields = ["title", "slug"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [SectionInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Course | None = None) -> tuple[str, ...]:
        """A course's share of the grading workers is the administrator's to give."""
        return () if request.user.is_superuser else ("queue_weight",)

    @admin.display(description="")
    def pages(self, course: Course) -> str:
        """Link to the pages that set a course up."""
        links = (
            (reverse("set-up-tinytorch", args=[course.slug]), "Set up the TinyTorch course"),
            (reverse("roster-import", args=[course.slug]), "Import a roster"),
            (reverse("gradebook", args=[course.slug]), "Gradebook"),
            (reverse("queue", args=[course.slug]), "Queue"),
        )
        return format_html_join(" · ", '<a href="{}">{}</a>', links)


@admin.register(Section)
class SectionAdmin(CourseScopedAdmin):
    """Sections, for the search fields of other pages."""

    list_display = ["name", "course"]
    list_filter = ["course"]
    list_select_related = ["course"]
    search_fields = ["name", "course__title"]
    autocomplete_fields = ["course"]


class EnrollmentForm(AuditedForm):
    """A roster line; `user`, who edits it, is set by the page."""

    user: User | AnonymousUser

    def clean(self) -> dict[str, Any]:
        """Refuse an appointment by somebody who may not appoint."""
        cleaned = super().clean()
        course = cleaned.get("course")
        if cleaned.get("role") in LEADING_ROLES and course and not may_appoint(self.user, course):
            self.add_error("role", "Only an instructor appoints head TAs and instructors.")
        return cleaned


class RosterAdmin(AuditedAdmin):
    """A roster, whoever is on it; accounts are linked by logging in, or by an administrator."""

    leaders_may = ("view", "add", "change")

    def get_readonly_fields(self, request: HttpRequest, obj: Enrollment | None = None) -> tuple[str, ...]:
        """Let nobody look through the accounts of others."""
        return () if request.user.has_perm("auth.view_user") else ("account",)


@admin.register(Enrollment)
class EnrollmentAdmin(RosterAdmin):
    """Everybody on a roster, in whatever role."""

    form = EnrollmentForm
    list_display = ["name", "role", *ROSTER_COLUMNS[1:]]
    list_filter = ["role", "is_active", "course", "section"]
    list_select_related = ["course", "section", "account"]
    search_fields = ROSTER_SEARCH
    autocomplete_fields = ["course", "account"]

    def get_form(self, request: HttpRequest, obj: Enrollment | None = None, **kwargs: Any) -> type[EnrollmentForm]:
        """Return the form, with who edits."""
        return type("EnrollmentForm", (super().get_form(request, obj, **kwargs),), {"user": request.user})

    def has_change_permission(self, request: HttpRequest, obj: Enrollment | None = None) -> bool:
        """Leave head TAs and instructors to who may appoint them."""
        may = obj is None or obj.role not in LEADING_ROLES or may_appoint(request.user, obj.course)
        return may and super().has_change_permission(request, obj)


@admin.register(Student)
class StudentAdmin(RosterAdmin):
    """The students of a roster."""

    list_display = ROSTER_COLUMNS
    list_filter = ["is_active", "course", "section", ("github_login", admin.EmptyFieldListFilter)]
    list_select_related = ["course", "section", "account"]
    search_fields = ROSTER_SEARCH
    autocomplete_fields = ["course", "account"]
    exclude = ["role"]


class GroupMembershipInline(CourseScopedInline):
    """A group's students, on its page."""

    model = GroupMembership
    autocomplete_fields = ["student"]


@admin.register(Group)
class GroupAdmin(AuditedAdmin):
    """Groups of students; who is in one decides whose grade a push makes."""

    list_display = ["name", "course", "hands_in_together"]
    list_filter = ["course", "hands_in_together"]
    list_select_related = ["course"]
    search_fields = ["name", "students__name"]
    autocomplete_fields = ["course"]
    inlines = [GroupMembershipInline]


@admin.register(Accommodation)
class AccommodationAdmin(GrantedAdmin):
    """Standing accommodations; the reason is on the page only for those who may read it."""

    course_path = "student__course"
    list_display = ["student", "extra_days", "starts_at", "granted_by"]
    list_filter = ["student__course", "extra_days"]
    list_select_related = ["student", "granted_by"]
    search_fields = ["student__name", "student__email"]
    autocomplete_fields = ["student"]

    def get_exclude(self, request: HttpRequest, obj: Accommodation | None = None) -> tuple[str, ...]:
        """Hide a stored reason from those who may not read it; a new one has to be given."""
        may_read = obj is None or request.user.has_perm(f"courses.{REASON_PERMISSION}")
        return self.granted if may_read else (*self.granted, "reason")

    def reason(self, obj: Accommodation, form: ModelForm) -> str:
        """Return what the audit log may show: the private reason is not it."""
        return "standing accommodation"


@admin.register(AuditEvent)
class AuditEventAdmin(CourseScopedAdmin):
    """The audit log, to look at."""

    leaders_may = LOOKING
    list_display = ["at", "kind", "subject", "before", "after", "actor", "reason"]
    list_filter = ["kind", "course"]
    list_select_related = ["actor"]
    search_fields = ["subject", "reason", "actor__username"]
    date_hierarchy = "at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Events come from changes."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        """What happened is not rewritten."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        """What happened is not forgotten."""
        return False
