"""Addresses of what staff do with comments."""

from django.urls import path

from course_admin.review import views
from course_admin.submissions import converters  # noqa: F401 - registers them

urlpatterns = [
    path("attempts/<attempt:public_id>/comments/", views.add, name="comment-add"),
    path("comments/<int:comment>/release/", views.release, name="comment-release"),
    path("comments/<int:comment>/delete/", views.delete, name="comment-delete"),
]
