"""The back office of assignments and suite versions."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from course_admin.assignments.audit import LATE_FIELDS
from course_admin.assignments.models import Assignment, Extension, SectionDueTime, SuiteVersion
from course_admin.courses.audited_admin import AuditedAdmin, CourseZoneAdmin, GrantedAdmin
from course_admin.courses.scoped_admin import LOOKING, CourseScopedAdmin, CourseScopedInline


@admin.register(SuiteVersion)
class SuiteVersionAdmin(CourseScopedAdmin):
    """Suite versions: added by `manage.py add_suite`, never changed; of no course, so that every leader may use them."""

    course_path = None
    leaders_may = LOOKING
    list_display = ["name", "title", "digest", "added_at"]
    list_filter = ["name"]
    search_fields = ["name", "title", "digest"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody types a digest."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: SuiteVersion | None = None) -> bool:
        """A version is what its digest says."""
        return False


class SectionDueTimeInline(CourseScopedInline):
    """Due times of sections, on the assignment's page."""

    model = SectionDueTime
    autocomplete_fields = ["section"]


@admin.register(Assignment)
class AssignmentAdmin(CourseZoneAdmin, AuditedAdmin):
    """Assignments; times are by the course's clock."""

    list_display = [
        "title",
        "course",
        "slug",
        "module",
        "suite",
        "points",
        "due_at",
        "late_kind",
        "is_draft",
        "what_if",
    ]
    list_filter = ["course", "is_draft", "late_kind", "counting", "module"]
    list_select_related = ["course", "suite"]
    search_fields = ["title", "slug", "course__title", "suite__name"]
    autocomplete_fields = ["course", "suite", "needs"]
    date_hierarchy = "due_at"
    inlines = [SectionDueTimeInline]
    fieldsets = [
        (None, {"fields": ["course", "title", "slug", "module", "points", "is_draft", "needs"]}),
        ("What is judged", {"fields": ["suite", "repository_pattern", "branch"]}),
        ("Times, by the course's clock", {"fields": ["due_at", "closes_at", "results_published_at"]}),
        ("Late policy and counting attempt", {"fields": [*LATE_FIELDS]}),
        ("Audit log", {"fields": ["why"]}),
    ]

    @admin.display(description="")
    def what_if(self, assignment: Assignment) -> str:
        """Link to the page where other rules are tried."""
        return format_html(
            '<a href="{}">What if</a>', reverse("what-if", args=[assignment.course.slug, assignment.slug])
        )


@admin.register(Extension)
class ExtensionAdmin(GrantedAdmin):
    """Extensions for students and groups."""

    course_path = "assignment__course"
    list_display = ["assignment", "student", "group", "days", "granted_by", "granted_at", "reason"]
    list_filter = ["assignment__course", "days"]
    list_select_related = ["assignment", "student", "group", "granted_by"]
    search_fields = ["assignment__title", "student__name", "student__email", "group__name", "reason"]
    autocomplete_fields = ["assignment", "student", "group"]
