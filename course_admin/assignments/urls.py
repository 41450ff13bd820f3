"""Addresses of pages about assignments."""

from django.urls import path

from course_admin.assignments import pages

urlpatterns = [path("courses/<slug:slug>/set-up/", pages.tinytorch, name="set-up-tinytorch")]
