"""The app `github_app`."""

from django.apps import AppConfig


class GitHubConfig(AppConfig):
    """GitHub's webhooks and code, and Assay as a GitHub App. What is announced becomes a Push."""

    name = "course_admin.integrations.github"
    label = "github_app"  # allauth has an app named github

    def ready(self) -> None:
        """Have the settings of fetching checked at start, and say why its tables are not audited."""
        from course_admin.integrations.github import fetch_check  # noqa: F401 - registers its check
        from course_admin.integrations.github.audit import register

        register()
