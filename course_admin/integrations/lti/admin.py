"""The back office of LTI: administrators register platforms; who leads a course sees its link and its line items.

Which line item is an assignment's is told by signed launches and typed by nobody: our token may write to others as well.
"""

from django.contrib import admin

from course_admin.back_office.audited_admin import AuditedAdmin
from course_admin.integrations.lti.models import LtiAssignment, LtiCourse, Platform
from course_admin.integrations.outbox.admin import ExternalIdAdmin, LinkAdmin


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
class LtiCourseAdmin(LinkAdmin):
    """Which course of which platform is which, and whether grades get there."""

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
    list_select_related = ["course", "platform"]
    search_fields = ["course__title", "course__slug"]
    readonly_fields = [
        *("platform", "deployment_id", "context_id"),
        *("synced_at", "compared_at", "uncompared", "away_since", "next_try_at", "words"),
    ]
    fields = ["course", "is_paused", "paused_reason", *readonly_fields]


@admin.register(LtiAssignment)
class LtiAssignmentAdmin(ExternalIdAdmin):
    """Which line item shows the grades of which assignment."""

    fields = ["link", "assignment", "line_item"]
    list_display = ["assignment", "link", "line_item"]
    list_select_related = ["assignment", "link__course", "link__platform"]
    search_fields = ["assignment__title", "assignment__slug"]
