"""Addresses of attempts, and of archives for grading workers."""

from django.urls import path

from course_admin.submissions import (
    converters,  # noqa: F401 - registers them
    views,
)

urlpatterns = [
    path("", views.home, name="home"),
    path("attempts/<attempt:public_id>/", views.attempt, name="attempt"),
    path("attempts/<attempt:public_id>/live/", views.attempt_live, name="attempt-live"),
    path("worker/runs/<run:run>/archives/<sha256:sha256>", views.run_archive, name="run-archive"),
]
