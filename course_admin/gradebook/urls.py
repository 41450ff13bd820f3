"""Addresses of downloads and of pages about grades."""

from django.urls import path

from course_admin.gradebook import pages, views
from course_admin.submissions import converters  # noqa: F401 - registers them

urlpatterns = [
    path("courses/<slug:slug>/gradebook/", pages.gradebook, name="gradebook"),
    path("courses/<slug:slug>/gradebook.csv", views.course_csv, name="gradebook-csv"),
    path("attempts/<attempt:public_id>/results.json", views.attempt_gradescope, name="attempt-gradescope"),
    path("courses/<slug:slug>/assignments/<slug:assignment>/what-if/", pages.what_if, name="what-if"),
    path("grades/<int:student>/", pages.trace, name="grade-trace"),
    path("attempts/<attempt:public_id>/choose/", pages.choose, name="attempt-choose"),
]
