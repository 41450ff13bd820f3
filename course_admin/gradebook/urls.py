"""Addresses of downloads and of pages about grades."""

from django.urls import path

from course_admin.gradebook import downloads, views
from course_admin.gradebook.cell import views as cell_views
from course_admin.gradebook.regrade_preview import views as preview_views
from course_admin.gradebook.release import views as release_views
from course_admin.submissions import converters  # noqa: F401 - registers them

PREVIEW = "courses/<slug:slug>/assignments/<slug:assignment>/regrade-preview/"

urlpatterns = [
    path("courses/<slug:slug>/gradebook/", views.gradebook, name="gradebook"),
    path("courses/<slug:slug>/gradebook/<int:student>/<slug:assignment>/", cell_views.cell, name="grade-cell"),
    path("courses/<slug:slug>/gradebook.csv", downloads.course_csv, name="gradebook-csv"),
    path("courses/<slug:slug>/gradebook/export/", downloads.export, name="gradebook-export"),
    path("attempts/<attempt:public_id>/results.json", downloads.attempt_gradescope, name="attempt-gradescope"),
    path("courses/<slug:slug>/assignments/<slug:assignment>/what-if/", views.what_if, name="what-if"),
    path("courses/<slug:slug>/assignments/<slug:assignment>/release/", release_views.release, name="release"),
    path(PREVIEW, preview_views.regrade_preview, name="regrade-preview"),
    path(f"{PREVIEW}live/", preview_views.regrade_preview_live, name="regrade-preview-live"),
    path(f"{PREVIEW}state/", preview_views.regrade_preview_state, name="regrade-preview-state"),
    path("grades/<int:student>/", views.trace, name="grade-trace"),
    path("attempts/<attempt:public_id>/choose/", views.choose, name="attempt-choose"),
]
