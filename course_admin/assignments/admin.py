"""The back office of assignments and suite versions."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.audit import LATE_FIELDS
from course_admin.assignments.models import PUBLISHABLE, Assignment, Extension, SectionDueTime, SuiteVersion
from course_admin.assignments.suites.checks import request_check
from course_admin.assignments.suites.forms import SuiteForm
from course_admin.back_office.audited_admin import CourseZoneAdmin, GrantedAdmin, is_key
from course_admin.back_office.course_times import CourseTimes
from course_admin.back_office.scoped_admin import CourseScopedAdmin, CourseScopedInline
from course_admin.courses.models import Course


@admin.register(SuiteVersion)
class SuiteVersionAdmin(CourseScopedAdmin):
    """Suite versions: uploaded, or taken from the suites' folder; never changed; of no course: every leader may use them."""

    lookups = ()
    form = SuiteForm
    list_display = ["__str__", "title", "check_state", "added_at"]
    list_filter = ["check_state", "name"]
    search_fields = ["name", "title"]
    actions = ["check_again"]
    fields = [
        "name",
        "title",
        "added_at",
        "check_state",
        "check_asked_at",
        "checked_at",
        "report",
        "check_fault",
        "trusted_reason",
        "trusted_by",
    ]
    readonly_fields = ["report"]

    def get_fields(self, request: HttpRequest, obj: SuiteVersion | None = None) -> Any:
        """Ask a new one for its files, and show an old one whole."""
        return self.fields if obj else ["folder", "upload"]

    def get_form(
        self, request: HttpRequest, obj: SuiteVersion | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        """Return the form that asks for files; a stored version has none."""
        return super().get_form(request, obj, change, **kwargs) if obj else SuiteForm

    def save_model(self, request: HttpRequest, obj: SuiteVersion, form: SuiteForm, change: bool) -> None:
        """Keep the files as a version, which the form did when it was checked."""

    def save_related(self, request: HttpRequest, form: SuiteForm, formsets: list, change: bool) -> None:
        """There is nothing else."""

    @admin.display(description=_("report"))
    def report(self, version: SuiteVersion) -> str:
        """Show the rules that were tried, and what was found."""
        rules = (version.check_report or {}).get("rules", [])
        lines = ((rule["name"], "holds" if rule["holds"] else "; ".join(rule["findings"][:10])) for rule in rules)
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {}</li>", lines)) if rules else "–"

    @admin.action(description=_("Check again"), permissions=["operate"])
    def check_again(self, request: HttpRequest, queryset: QuerySet[SuiteVersion]) -> None:
        """Ask for a check of each that may not be used yet."""
        asked = list(self.operable(request, queryset).exclude(check_state__in=PUBLISHABLE))
        for version in asked:
            request_check(version=version, at=timezone.now())
        words = ngettext("{count} suite will be checked.", "{count} suites will be checked.", len(asked))
        self.message_user(request, words.format(count=len(asked)), messages.SUCCESS)


class SectionDueTimeInline(CourseTimes, CourseScopedInline):
    """Due times of sections, on the assignment's page."""

    model = SectionDueTime
    fields = ["section", "due_at", "closes_at"]
    template = "admin/edit_inline/stacked.html"  # the other one has a heading without words


@admin.register(Assignment)
class AssignmentAdmin(CourseZoneAdmin):
    """Assignments; times are by the course's clock."""

    list_display = [
        "title",
        "course",
        "slug",
        "module",
        "suite",
        "points",
        "due",
        "late_kind",
        "is_draft",
        "what_if",
    ]
    lookups = ()
    list_filter = ["course", "is_draft", "late_kind", "counting", "module"]
    list_select_related = ["course", "suite"]
    search_fields = ["title", "slug", "course__title", "suite__name"]
    date_hierarchy = "due_at"
    inlines = [SectionDueTimeInline]
    fieldsets = [
        (None, {"fields": ["course", "title", "slug", "module", "points", "is_draft", "needs"]}),
        (_("Opening by itself"), {"fields": ["opens_when_checked", "pattern_when_open"], "classes": ["collapse"]}),
        (_("What is judged"), {"fields": ["suite", "repository_pattern", "branch", "takes_uploads"]}),
        (_("Times"), {"fields": ["releases_at", "due_at", "closes_at", "holds_grades", "results_published_at"]}),
        (
            _("Attempts and what students see"),
            {"fields": ["attempt_limit", "cool_down_minutes", "group_size", "hidden_checks"]},
        ),
        (_("Late policy and counting attempt"), {"fields": [*LATE_FIELDS]}),
    ]

    @admin.display(description=_("due at"), ordering="due_at")
    def due(self, assignment: Assignment) -> str:
        """Show the moment by the course's clock."""
        return assignment.course.by_its_clock(assignment.due_at) if assignment.due_at else "–"

    @admin.display(description=_("other rules"))
    def what_if(self, assignment: Assignment) -> str:
        """Link to the page where other rules are tried."""
        return format_html(
            '<a href="{}">{}</a>',
            reverse("what-if", args=[assignment.course.slug, assignment.slug]),
            gettext("What if"),
        )


@admin.register(Extension)
class ExtensionAdmin(CourseZoneAdmin, GrantedAdmin):
    """Extensions for students and groups, by the clock of the assignment's course."""

    fields = ["assignment", "student", "group", "days", "due_at", "reason"]
    lookups = ()
    list_display = ["assignment", "student", "group", "days", "until", "granted_by", "granted_at", "reason"]
    list_filter = ["assignment__course", "days"]
    list_select_related = ["assignment__course", "student", "group", "granted_by"]
    search_fields = ["assignment__title", "student__name", "student__email", "group__name", "reason"]
    autocomplete_fields = ["assignment", "student", "group"]

    @admin.display(description=_("until"), ordering="due_at")
    def until(self, extension: Extension) -> str:
        """Show the moment by the course's clock."""
        return extension.assignment.course.by_its_clock(extension.due_at) if extension.due_at else "–"

    def course_of(self, thing: Extension) -> Course:
        """Return the course of the row's assignment."""
        return thing.assignment.course

    def chosen_course(self, request: HttpRequest) -> Course | None:
        """Return the course of the assignment that the form chose."""
        chosen = request.POST.get("assignment", "")
        found = Assignment.objects.select_related("course").filter(pk=chosen).first() if is_key(chosen) else None
        return found.course if found else None
