"""The back office of courses, rosters, groups and accommodations, and the audit log to look at."""

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join

from course_admin.courses.audited_admin import AuditedAdmin, GrantedAdmin
from course_admin.courses.models import (
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

ROSTER_COLUMNS = ["name", "course", "section", "email", "student_id", "github_login", "account", "is_active"]
ROSTER_SEARCH = ["name", "email", "student_id", "github_login", "account__username"]


class SectionInline(admin.TabularInline):
    """A course's sections, on its page."""

    model = Section
    extra = 0


@admin.register(Course)
class CourseAdmin(admin.ModelAdmin):
    """Courses."""

    list_display = ["title", "slug", "time_zone", "slip_days", "pages"]
    list_filter = ["time_zone"]
    search_fields = ["title", "slug"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [SectionInline]

    @admin.display(description="")
    def pages(self, course: Course) -> str:
        """Link to the pages that set a course up."""
        links = (
            (reverse("set-up-tinytorch", args=[course.slug]), "Set up the TinyTorch course"),
            (reverse("roster-import", args=[course.slug]), "Import a roster"),
            (reverse("gradebook-csv", args=[course.slug]), "Gradebook"),
        )
        return format_html_join(" · ", '<a href="{}">{}</a>', links)


@admin.register(Section)
class SectionAdmin(admin.ModelAdmin):
    """Sections, for the search fields of other pages."""

    list_display = ["name", "course"]
    list_filter = ["course"]
    list_select_related = ["course"]
    search_fields = ["name", "course__title"]
    autocomplete_fields = ["course"]


@admin.register(Enrollment)
class EnrollmentAdmin(AuditedAdmin):
    """Everybody on a roster, in whatever role."""

    list_display = ["name", "role", *ROSTER_COLUMNS[1:]]
    list_filter = ["role", "is_active", "course", "section"]
    list_select_related = ["course", "section", "account"]
    search_fields = ROSTER_SEARCH
    autocomplete_fields = ["course", "account"]


@admin.register(Student)
class StudentAdmin(AuditedAdmin):
    """The students of a roster."""

    list_display = ROSTER_COLUMNS
    list_filter = ["is_active", "course", "section", ("github_login", admin.EmptyFieldListFilter)]
    list_select_related = ["course", "section", "account"]
    search_fields = ROSTER_SEARCH
    autocomplete_fields = ["course", "account"]
    exclude = ["role"]


class GroupMembershipInline(admin.TabularInline):
    """A group's students, on its page."""

    model = GroupMembership
    extra = 0
    autocomplete_fields = ["student"]


@admin.register(Group)
class GroupAdmin(admin.ModelAdmin):
    """Groups of students."""

    list_display = ["name", "course"]
    list_filter = ["course"]
    list_select_related = ["course"]
    search_fields = ["name", "students__name"]
    autocomplete_fields = ["course"]
    inlines = [GroupMembershipInline]


@admin.register(Accommodation)
class AccommodationAdmin(GrantedAdmin):
    """Standing accommodations; the reason is on the page only for those who may read it."""

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
class AuditEventAdmin(admin.ModelAdmin):
    """The audit log, to look at."""

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
