"""Addresses of pages about assignments."""

from django.urls import path, re_path

from course_admin.assignments.classroom50.views import import_classroom50
from course_admin.assignments.course_copy.views import copy_course
from course_admin.assignments.course_setup import views as course_setup
from course_admin.assignments.suites import views as suites
from course_admin.assignments.suites.import_page import import_suite
from course_admin.assignments.wizard import views as wizard

urlpatterns = [
    path("courses/<slug:slug>/set-up/", course_setup.set_up_course, name="set-up-course"),
    path("courses/<slug:slug>/set-up/preview/", course_setup.set_up_preview, name="set-up-preview"),
    path("courses/<slug:slug>/copy/", copy_course, name="copy-course"),
    path("courses/<slug:slug>/import-classroom50/", import_classroom50, name="import-classroom50"),
    path("courses/<slug:slug>/new-assignment/<slug:step>/", wizard.new_assignment, name="new-assignment"),
    path("courses/<slug:slug>/import-suite/", import_suite, name="import-suite"),
    # Beside the archives of runs, so that a worker asks for both alike.
    re_path(
        r"^worker/runs/(?P<check>check_[0-9]{1,18})/archives/(?P<sha256>[0-9a-f]{64})$",
        suites.check_archive,
        name="check-archive",
    ),
]
