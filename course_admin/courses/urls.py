"""Addresses of pages about rosters."""

from django.urls import path

from course_admin.courses import pages

urlpatterns = [path("courses/<slug:slug>/roster/", pages.roster_import, name="roster-import")]
