"""Whether code can be fetched with the present settings: at start, and by hand for one repository.

What our settings forbid would otherwise be found by the first student who pushes. A name server that is away at the
start is not a setting, and says nothing.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from course_admin.integrations.code import fetch_commit, policy, tips
from course_admin.integrations.github.push import FULL_NAME
from course_admin.submissions.addresses import clone_address
from course_admin.submissions.models import Forge
from grader.errors import GraderError
from grader.source import FetchNotAllowed, SourceUnavailable
from grader.source.git.repository import judge_repository

HINT = "Mend ASSAY_CLONE_URL or ASSAY_CLONE_FROM_PRIVATE_NETWORK, then try `manage.py check_fetch OWNER/NAME`."
EXAMPLE = "owner/name"


@dataclass(frozen=True, slots=True)
class FetchCheck:
    """What came of fetching one repository: a sentence if it worked, a problem if not."""

    sentence: str = ""
    problem: str = ""


def check_fetch(full_name: str, branch: str) -> FetchCheck:
    """Fetch the tip of a branch as a push of it would be fetched, and store nothing."""
    if not FULL_NAME.fullmatch(full_name):
        return FetchCheck(problem=f"{full_name[:100]!r} is no repository's full name; it must read OWNER/NAME.")
    shown = f"{clone_address(full_name, Forge.GITHUB)}, branch {branch}"
    try:
        commit_id = tips(full_name, [branch]).get(branch)
        if commit_id is None:
            return FetchCheck(problem=f"{shown}: the host answers, but there is no such branch.")
        tree = fetch_commit(full_name, commit_id)
    except FetchNotAllowed as problem:
        return FetchCheck(problem=f"{shown}: our settings forbid it. {problem} {HINT}")
    except GraderError as problem:
        return FetchCheck(problem=f"{shown}: {problem}")
    files = len(tree.contents())
    return FetchCheck(sentence=f"{shown}: commit {commit_id[:10]} was fetched, files: {files}. Nothing was stored.")


def forbidden_address() -> str:
    """Return why nothing can be fetched with the present settings, as far as they tell; empty if nothing forbids it."""
    url = settings.ASSAY_CLONE_URL
    try:
        if "{full_name}" not in url or "{" in url.replace("{full_name}", ""):
            return f"ASSAY_CLONE_URL must hold {{full_name}} and no other braces; it is {url!r}."
        if not url.startswith("file:///"):  # a folder's repositories are judged one by one
            judge_repository(clone_address(EXAMPLE, Forge.GITHUB), policy())
    except FetchNotAllowed as problem:
        return str(problem)
    except SourceUnavailable:
        return ""
    except ValueError:
        return f"ASSAY_CLONE_URL is no address: {url!r}."
    return ""


@register(Tags.security)
def check_clone_url(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Say at start that no push could be fetched."""
    problem = forbidden_address()
    return [Error(problem, hint=HINT, id="assay.E001")] if problem else []
