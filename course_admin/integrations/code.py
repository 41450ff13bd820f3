"""Fetch one commit of a student's repository, by its full id, or ask what its branches hold.

From an address that we made, never one that we were sent.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings

from course_admin.integrations.github.app.answers import GitHubProblem
from course_admin.integrations.github.app.installations import reading_token
from course_admin.liveness.clock import now
from course_admin.submissions.addresses import clone_address, clone_pattern
from course_admin.submissions.models import Forge, Push, Repository
from grader.source import SourceUnavailable, Tree
from grader.source.git.commit import stage_commit
from grader.source.git.repository import FetchPolicy
from grader.source.git.tips import branch_tips


def policy(forge: str = Forge.GITHUB) -> FetchPolicy:
    """Allow the one place that the operator named for a forge, or those for addresses, and nothing else."""
    if forge == Forge.ADDRESS:  # never one of a private network, whatever the setting for the others says
        return FetchPolicy(hosts=frozenset(settings.ASSAY_PUBLIC_HOSTS))
    parts = urlsplit(clone_pattern(forge))
    host = frozenset({parts.hostname}) if parts.hostname else frozenset()
    private = host if settings.ASSAY_CLONE_FROM_PRIVATE_NETWORK else frozenset()
    return FetchPolicy(hosts=host, private_hosts=private, allow_local=not host)


def fetch(push: Push) -> Tree:
    """Return the tree of a push's commit. Raises SourceError, or another GraderError for a reason that may pass."""
    repository = push.repository
    return fetch_commit(repository.full_name, push.commit_id, repository.host_id, repository.forge)


def fetch_commit(full_name: str, commit_id: str, host_id: int | None = None, forge: str = Forge.GITHUB) -> Tree:
    """Return the tree of one commit of a repository. Raises as `fetch` does."""
    _require_configured(forge)
    token = _token(full_name, host_id, forge)
    return stage_commit(clone_address(full_name, forge), commit_id, policy=policy(forge), token=token)


def ask(repository: Repository, branches: Sequence[str]) -> dict[str, str]:
    """Return the commit of each branch that is there. Raises a GraderError if the host does not say."""
    return tips(repository.full_name, branches, repository.host_id, repository.forge)


def tips(
    full_name: str, branches: Sequence[str], host_id: int | None = None, forge: str = Forge.GITHUB
) -> dict[str, str]:
    """Return the commit of each branch of a repository that is there. Raises as `ask` does."""
    _require_configured(forge)
    token = _token(full_name, host_id, forge)
    return branch_tips(clone_address(full_name, forge), branches, policy=policy(forge), token=token)


def _require_configured(forge: str) -> None:
    if not clone_pattern(forge):
        raise SourceUnavailable(
            f"It is not configured where the code of {Forge(forge).label} is (ASSAY_{forge.upper()}_URL)."
        )


def _token(full_name: str, host_id: int | None, forge: str) -> str | None:
    """Return what a repository is read with: the token of the settings, else one of our App's for it alone, else none."""
    if forge == Forge.ADDRESS:
        return None
    if forge != Forge.GITHUB:
        return settings.ASSAY_FORGES[forge]["token"] or None
    if settings.ASSAY_FETCH_TOKEN:
        return settings.ASSAY_FETCH_TOKEN
    try:
        return reading_token(full_name, host_id, now)
    except GitHubProblem as problem:
        raise SourceUnavailable(f"No token for the repository could be had. {problem}") from None
