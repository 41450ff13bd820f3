"""Addresses of a course's page of grades there."""

from django.urls import path

from course_admin.integrations.outbox.comparison import views

urlpatterns = [path("courses/<slug:slug>/grades-there/", views.grades_there, name="grades-there")]
