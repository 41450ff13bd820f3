"""Addresses of a course's page of grades there."""

from django.urls import path

from course_admin.integrations.outbox.comparison import views

PAGE = "courses/<slug:slug>/grades-there/"

urlpatterns = [
    path(PAGE, views.grades_there, name="grades-there"),
    *views.FOLLOWED.addresses(PAGE, "grades-there"),
]
