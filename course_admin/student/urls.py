"""Addresses of a course's own pages."""

from django.urls import path

from course_admin.student import views
from course_admin.student.viewing import views as viewing
from course_admin.submissions import converters  # noqa: F401 - registers them

urlpatterns = [
    path("", views.home, name="home"),
    path("courses/<slug:slug>/", views.course_home, name="course-home"),
    path("courses/<slug:slug>/assignments/", views.assignments, name="assignments"),
    path("courses/<slug:slug>/assignments/<slug:assignment>/", views.assignment, name="assignment"),
    path("courses/<slug:slug>/assignments/<slug:assignment>/leaderboard/", views.leaderboard, name="leaderboard"),
    path("courses/<slug:slug>/attempts/", views.course_attempts, name="course-attempts"),
    path("students/<int:student>/view-as/", viewing.view_as, name="view-as"),
    path("view-as/end/", viewing.view_as_end, name="view-as-end"),
    path("attempts/<attempt:before>/compare/<attempt:after>/", views.compare, name="compare"),
]
