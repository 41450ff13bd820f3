"""Addresses of autograders in Gradescope."""

from django.urls import path

from course_admin.integrations.gradescope import views

urlpatterns = [
    path("courses/<slug:slug>/assignments/<slug:assignment>/gradescope/", views.download, name="gradescope-bundle"),
    path("api/gradescope/results/", views.results, name="gradescope-results"),
]
