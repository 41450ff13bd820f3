"""The address of a course's audit log."""

from django.urls import path

from course_admin.audit_log.views import audit_log

urlpatterns = [path("courses/<slug:slug>/audit-log/", audit_log, name="audit-log")]
