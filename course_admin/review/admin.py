"""The back office of comments: to look at; they are written on the page of their attempt."""

from django.contrib import admin
from django.http import HttpRequest

from course_admin.courses.scoped_admin import LOOKING, CourseScopedAdmin
from course_admin.review.models import Comment


@admin.register(Comment)
class CommentAdmin(CourseScopedAdmin):
    """What staff said."""

    course_path = "attempt__assignment__course"
    leaders_may = LOOKING
    list_display = ["written_at", "attempt", "check_name", "author", "released_at"]
    list_filter = ["attempt__assignment__course", "released_at"]
    list_select_related = ["attempt__student", "attempt__assignment", "author"]
    search_fields = ["text", "check_name", "author__username"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Comments are written beside what they are about."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Comment | None = None) -> bool:
        """What a student may have read is not rewritten."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Comment | None = None) -> bool:
        """Its author takes it back, on the page of the attempt."""
        return False
