"""The back office of comments: to look at; they are written on the page of their attempt."""

from django.contrib import admin

from course_admin.back_office.scoped_admin import CourseScopedAdmin
from course_admin.review.models import Comment


@admin.register(Comment)
class CommentAdmin(CourseScopedAdmin):
    """What staff said."""

    fields = [
        "attempt",
        "check_name",
        "path",
        "cell",
        "line",
        "line_text",
        "text",
        "author",
        "written_at",
        "released_at",
    ]
    lookups = ()
    list_display = ["written_at", "attempt", "check_name", "author", "released_at"]
    list_filter = ["attempt__assignment__course", "released_at"]
    list_select_related = ["attempt__assignment", "author"]
    list_prefetch = ("attempt__memberships__student",)
    search_fields = ["text", "check_name"]
