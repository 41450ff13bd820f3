"""Addresses of what staff do with comments."""

from django.urls import path

from course_admin.review import pages
from course_admin.submissions import converters  # noqa: F401 - registers them

urlpatterns = [
    path("attempts/<attempt:public_id>/comments/", pages.add, name="comment-add"),
    path("comments/<int:comment>/release/", pages.release, name="comment-release"),
    path("comments/<int:comment>/delete/", pages.delete, name="comment-delete"),
]
