"""The repositories that an organisation has already, as GitHub lists them for our App: asked for, and nothing else.

Source: GitHub's REST description, "List repositories accessible to the app installation".
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.assignments.patterns import login_in
from course_admin.integrations.deliveries import BadPayload
from course_admin.integrations.github.app.answers import GitHubProblem
from course_admin.integrations.github.app.client import Access, GitHub
from course_admin.integrations.github.app.payload import full_name, number, text
from course_admin.integrations.github.app.reconciling import PAGES, READ, last_work
from course_admin.integrations.github.models import Installation, RepositoryTemplate
from course_admin.submissions.intake.ownership.adopting import ExistingRepository

NO_PATTERN = _("The assignment has no repository pattern, which says what its repositories are called.")
NO_APP = _("No GitHub App is set up here, so that no repositories can be listed.")
NOT_THERE = _("The GitHub App is not installed for {owner}, so that its repositories cannot be listed.")
QUIET = _("GitHub asks to be left alone until {until:%H:%M} UTC. Try it again then.")
NOT_LISTED = _("The repositories of {owner} could not be listed. {problem}")


class NotListed(ValueError):
    """Repositories cannot be listed; the text is a sentence for staff."""


def installation_for(assignment: Assignment, at: datetime) -> Installation:
    """Return where our App may list an assignment's repositories. Raises NotListed; asks nobody."""
    if not assignment.repository_pattern:
        raise NotListed(NO_PATTERN)
    owner = assignment.repository_pattern.partition("/")[0]
    installation: Installation | None = Installation.objects.active().of_owner(f"{owner}/").first()
    if installation is None:
        raise NotListed(NOT_THERE.format(owner=owner))
    if installation.quiet_until is not None and installation.is_quiet(at):
        raise NotListed(QUIET.format(until=installation.quiet_until))
    return installation


def list_existing(
    *, hub: GitHub | None, assignment: Assignment, tell: Callable[[int], object] = lambda count: None
) -> list[ExistingRepository]:
    """Return the repositories that fit an assignment's pattern, without templates. Raises NotListed.

    tell: is told after each page how many were looked at.
    """
    if hub is None:
        raise NotListed(NO_APP)
    installation = installation_for(assignment, hub.now())
    pattern, looked_at = assignment.repository_pattern, 0
    owner = pattern.partition("/")[0]
    template = RepositoryTemplate.objects.filter(assignment=assignment).first()
    made_from = template.full_name.lower() if template else ""
    found: list[ExistingRepository] = []
    try:
        for page in hub.pages_as_installation(
            Access(installation.number, READ), "/installation/repositories?per_page=100", most=PAGES
        ):
            told = page.get("repositories") if isinstance(page, dict) else None
            rows = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
            found += [_existing(each, hub) for each in rows if _is_wanted(each, pattern, made_from)]
            looked_at += len(rows)
            tell(looked_at)
    except (GitHubProblem, BadPayload) as problem:
        raise NotListed(NOT_LISTED.format(owner=owner, problem=problem)) from None
    return found


def _is_wanted(told: dict[str, Any], pattern: str, template: str) -> bool:
    name = full_name(told)
    is_template = told.get("is_template") is True or name.lower() == template
    return not is_template and login_in(pattern, name) is not None


def _existing(told: dict[str, Any], hub: GitHub) -> ExistingRepository:
    branch = text(told, "default_branch", "repository.default_branch")
    return ExistingRepository(number(told, "id", "repository.id"), full_name(told), branch, last_work(told, hub.now()))
