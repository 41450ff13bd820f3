"""The back office of overrides and choices."""

from django.contrib import admin

from course_admin.back_office.audited_admin import GrantedAdmin
from course_admin.back_office.scoped_admin import CourseScopedAdmin
from course_admin.gradebook.models import Choice, Override


@admin.register(Override)
class OverrideAdmin(GrantedAdmin):
    """Grades set by hand."""

    fields = ["student", "assignment", "points", "reason"]
    lookups = ()
    granted = ("set_by", "set_at")
    list_display = ["student", "assignment", "points", "set_by", "set_at", "reason"]
    list_filter = ["assignment__course", "assignment"]
    list_select_related = ["student", "assignment", "set_by"]
    search_fields = ["student__name", "student__email", "assignment__title", "reason"]
    autocomplete_fields = ["student", "assignment"]


@admin.register(Choice)
class ChoiceAdmin(CourseScopedAdmin):
    """Attempts that students chose, to look at."""

    fields = ["student", "assignment", "attempt", "chosen_at"]
    lookups = ()
    list_display = ["student", "assignment", "attempt", "chosen_at"]
    list_filter = ["assignment__course", "assignment"]
    list_select_related = ["student", "assignment", "attempt__assignment"]
    list_prefetch = ("attempt__memberships__student",)
    search_fields = ["student__name", "assignment__title"]
