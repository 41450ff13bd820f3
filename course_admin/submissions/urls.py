"""Addresses of attempts, of the queue, and of archives for grading workers."""

from django.urls import path

from course_admin.submissions import (
    converters,  # noqa: F401 - registers them
    queue_views,
    views,
)

urlpatterns = [
    path("", views.home, name="home"),
    path("attempts/<attempt:public_id>/", views.attempt, name="attempt"),
    path("attempts/<attempt:public_id>/live/", views.attempt_live, name="attempt-live"),
    path("attempts/<attempt:public_id>/cancel/", queue_views.cancel, name="attempt-cancel"),
    path("courses/<slug:slug>/queue/", queue_views.queue, name="queue"),
    path("courses/<slug:slug>/assignments/<slug:assignment>/regrade/", queue_views.regrade, name="regrade"),
    path("worker/runs/<run:run>/archives/<sha256:sha256>", views.run_archive, name="run-archive"),
]
