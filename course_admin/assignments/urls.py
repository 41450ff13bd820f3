"""Addresses of pages about assignments."""

from django.urls import path, re_path

from course_admin.assignments import views

urlpatterns = [
    path("courses/<slug:slug>/set-up/", views.set_up_course, name="set-up-course"),
    # Beside the archives of runs, so that a worker asks for both alike.
    re_path(
        r"^worker/runs/(?P<check>check_[0-9]{1,18})/archives/(?P<sha256>[0-9a-f]{64})$",
        views.check_archive,
        name="check-archive",
    ),
]
