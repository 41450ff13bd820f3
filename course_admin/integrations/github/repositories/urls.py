"""Addresses of the pages about students' repositories."""

from django.urls import path

from course_admin.integrations.github.repositories import views
from course_admin.integrations.github.repositories.existing import views as existing
from course_admin.integrations.github.starter_updates.views import starter_updates

EXISTING = "courses/<slug:slug>/assignments/<slug:assignment>/repositories/existing/"

urlpatterns = [
    path("courses/<slug:slug>/assignments/<slug:assignment>/repository/", views.my_repository, name="my-repository"),
    path("courses/<slug:slug>/assignments/<slug:assignment>/repositories/", views.repositories, name="repositories"),
    path(EXISTING, existing.existing_repositories, name="existing-repositories"),
    *existing.FOLLOWED.addresses(EXISTING, "existing-repositories"),
    path(
        "courses/<slug:slug>/assignments/<slug:assignment>/repositories/starter-updates/",
        starter_updates,
        name="starter-updates",
    ),
]
