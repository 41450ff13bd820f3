"""Addresses that Gitea, Forgejo and GitLab call."""

from django.urls import path

from course_admin.integrations.forges.webhooks import gitea_hook, gitlab_hook

urlpatterns = [
    path("gitea/", gitea_hook, name="gitea-hook"),
    path("gitlab/", gitlab_hook, name="gitlab-hook"),
]
