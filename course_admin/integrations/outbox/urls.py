"""Addresses of a course's page of grades there."""

from django.urls import path

from course_admin.integrations.outbox.comparison import views

PAGE = "courses/<slug:slug>/grades-there/"

urlpatterns = [
    path(PAGE, views.grades_there, name="grades-there"),
    path(f"{PAGE}live/", views.grades_there_live, name="grades-there-live"),
    path(f"{PAGE}state/", views.grades_there_state, name="grades-there-state"),
]
