"""Addresses of the pages about students' repositories."""

from django.urls import path

from course_admin.integrations.github.repositories import existing_views, views
from course_admin.integrations.github.starter_updates.views import starter_updates

urlpatterns = [
    path("courses/<slug:slug>/assignments/<slug:assignment>/repository/", views.my_repository, name="my-repository"),
    path("courses/<slug:slug>/assignments/<slug:assignment>/repositories/", views.repositories, name="repositories"),
    path(
        "courses/<slug:slug>/assignments/<slug:assignment>/repositories/existing/",
        existing_views.existing_repositories,
        name="existing-repositories",
    ),
    path(
        "courses/<slug:slug>/assignments/<slug:assignment>/repositories/starter-updates/",
        starter_updates,
        name="starter-updates",
    ),
]
