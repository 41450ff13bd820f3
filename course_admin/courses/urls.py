"""Addresses of pages about rosters."""

from django.urls import path

from course_admin.courses import views

urlpatterns = [path("courses/<slug:slug>/roster/", views.roster_import, name="roster-import")]
