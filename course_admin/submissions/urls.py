"""Addresses of attempts, of the queue, and of archives for grading workers."""

from django.urls import path

from course_admin.submissions import converters  # noqa: F401 - registers them
from course_admin.submissions.code import views as code_views
from course_admin.submissions.queue import views as queue_views
from course_admin.submissions.receipts import views as receipt_views
from course_admin.submissions.reports import views as report_views
from course_admin.submissions.uploads import views as upload_views

urlpatterns = [
    path("attempts/<attempt:public_id>/", report_views.attempt, name="attempt"),
    path("attempts/<attempt:public_id>/state/", report_views.attempt_state, name="attempt-state"),
    path("attempts/<attempt:public_id>/live/", report_views.attempt_live, name="attempt-live"),
    path("attempts/<attempt:public_id>/code/", code_views.code, name="attempt-code"),
    path("attempts/<attempt:public_id>/receipt.json", receipt_views.receipt, name="attempt-receipt"),
    path("receipts/", receipt_views.receipt_check, name="receipt-check"),
    path("attempts/<attempt:public_id>/cancel/", queue_views.cancel, name="attempt-cancel"),
    path("courses/<slug:slug>/hand-in/", upload_views.upload_new, name="upload-new"),
    path("uploads/<upload:public_id>/", upload_views.upload, name="upload"),
    path("courses/<slug:slug>/queue/", queue_views.queue, name="queue"),
    path("courses/<slug:slug>/assignments/<slug:assignment>/regrade/", queue_views.regrade, name="regrade"),
    path("worker/runs/<run:run>/archives/<sha256:sha256>", report_views.run_archive, name="run-archive"),
]
