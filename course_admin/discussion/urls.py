"""Addresses of threads and requests."""

from django.urls import path

from course_admin.discussion import views
from course_admin.submissions import converters  # noqa: F401 - registers them

urlpatterns = [
    path("attempts/<attempt:public_id>/comments/", views.comment, name="comment-add"),
    path("attempts/<attempt:public_id>/thread/", views.thread, name="thread"),
    path("attempts/<attempt:public_id>/thread/reply/", views.reply, name="thread-reply"),
    path("attempts/<attempt:public_id>/thread/request/", views.ask, name="request-open"),
    path("requests/<int:request_id>/withdraw/", views.withdraw, name="request-withdraw"),
    path("requests/<int:request_id>/decide/", views.decide, name="request-decide"),
]
