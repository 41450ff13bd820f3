"""The app `github`."""

from django.apps import AppConfig


class GitHubConfig(AppConfig):
    """GitHub's webhooks and code. It has no tables: what arrives becomes a Push."""

    name = "course_admin.integrations.github"
    label = "github_pushes"  # allauth has an app named github

    def ready(self) -> None:
        """Have the settings of fetching checked at start."""
        from course_admin.integrations.github import fetch_check  # noqa: F401 - registers its check
