"""Addresses of what staff do with comments, and of the review desk."""

from django.urls import path

from course_admin.review import views
from course_admin.review.eyes import views as eyes_views
from course_admin.review.submissions_list import views as list_views
from course_admin.submissions import converters  # noqa: F401 - registers them

DESK = "courses/<slug:slug>/assignments/<slug:assignment>/"

urlpatterns = [
    path("attempts/<attempt:public_id>/comments/", views.add, name="comment-add"),
    path("comments/<int:comment>/release/", views.release, name="comment-release"),
    path("comments/<int:comment>/delete/", views.delete, name="comment-delete"),
    path("courses/<slug:slug>/needs-eyes/", eyes_views.needs_eyes, name="needs-eyes"),
    path(f"{DESK}submissions/", list_views.submissions, name="submissions"),
    path(f"{DESK}submissions/<attempt:public_id>/", list_views.submission, name="submission"),
]
