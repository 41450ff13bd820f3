"""Fetch one commit of a student's repository, by its full id, or ask what its branches hold.

From an address that we made, never one that we were sent.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings

from course_admin.integrations.github.app.answers import GitHubProblem
from course_admin.integrations.github.app.installations import reading_token
from course_admin.liveness.clock import now
from course_admin.submissions.models import Push, Repository
from grader.source import SourceUnavailable, Tree
from grader.source.git.commit import stage_commit
from grader.source.git.repository import FetchPolicy
from grader.source.git.tips import branch_tips


def clone_url(full_name: str) -> str:
    """Return where a repository is cloned from."""
    return settings.ASSAY_CLONE_URL.format(full_name=full_name)


def policy() -> FetchPolicy:
    """Allow the one place that the operator named, and nothing else."""
    parts = urlsplit(settings.ASSAY_CLONE_URL)
    host = frozenset({parts.hostname}) if parts.hostname else frozenset()
    private = host if settings.ASSAY_CLONE_FROM_PRIVATE_NETWORK else frozenset()
    return FetchPolicy(hosts=host, private_hosts=private, allow_local=not host)


def fetch(push: Push) -> Tree:
    """Return the tree of a push's commit. Raises SourceError, or another GraderError for a reason that may pass."""
    return fetch_commit(push.repository.full_name, push.commit_id, push.repository.host_id)


def fetch_commit(full_name: str, commit_id: str, host_id: int | None = None) -> Tree:
    """Return the tree of one commit of a repository. Raises as `fetch` does."""
    return stage_commit(clone_url(full_name), commit_id, policy=policy(), token=_token(full_name, host_id))


def ask(repository: Repository, branches: Sequence[str]) -> dict[str, str]:
    """Return the commit of each branch that is there. Raises a GraderError if the host does not say."""
    return tips(repository.full_name, branches, repository.host_id)


def tips(full_name: str, branches: Sequence[str], host_id: int | None = None) -> dict[str, str]:
    """Return the commit of each branch of a repository that is there. Raises as `ask` does."""
    return branch_tips(clone_url(full_name), branches, policy=policy(), token=_token(full_name, host_id))


def _token(full_name: str, host_id: int | None) -> str | None:
    """Return what a repository is read with: the token of the settings, else one of our App's for it alone, else none."""
    if settings.ASSAY_FETCH_TOKEN:
        return settings.ASSAY_FETCH_TOKEN
    try:
        return reading_token(full_name, host_id, now)
    except GitHubProblem as problem:
        raise SourceUnavailable(f"No token for the repository could be had. {problem}") from None
