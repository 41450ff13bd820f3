"""Addresses of autograders in Gradescope."""

from django.urls import path

from course_admin.integrations.gradescope import views

BUNDLE = "courses/<slug:slug>/assignments/<slug:assignment>/gradescope/"
AUTOGRADER = f"{BUNDLE}autograder/"

urlpatterns = [
    path(BUNDLE, views.download, name="gradescope-bundle"),
    path(AUTOGRADER, views.autograder, name="gradescope-autograder"),
    path(f"{AUTOGRADER}archive/", views.archive, name="gradescope-archive"),
    *views.FOLLOWED.addresses(AUTOGRADER, "gradescope-autograder"),
    path("api/gradescope/results/", views.results, name="gradescope-results"),
]
