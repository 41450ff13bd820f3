"""Repository patterns: `tinytorch-class/m01-{login}` says which repositories belong to an assignment, and whose each is.

A name is never split at its hyphens, since both parts may hold some: the text around `{login}` is known, and what
stands in its place must be a login on the roster. Letter case does not count, as on GitHub.
"""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

LOGIN = "{login}"
_TEXT = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]*)+")  # GitLab's groups lie in groups


def validate_pattern(pattern: str) -> None:
    """Raise ValidationError unless `pattern` is `owner/name` with exactly one {login} in the name."""
    owner, slash, name = pattern.rpartition("/")
    plain = pattern.replace(LOGIN, "")
    if not (owner and slash and name.count(LOGIN) == 1 and LOGIN not in owner and _TEXT.fullmatch(plain)):
        raise ValidationError(
            gettext("{pattern} must be an owner, a slash, and a repository name with one {login} in it.").format(
                pattern=pattern, login=LOGIN
            )
        )


def login_in(pattern: str, full_name: str) -> str | None:
    """Return the login that `full_name` holds where the pattern has {login}, or None if the name does not fit."""
    before, found, after = pattern.lower().partition(LOGIN)
    name = full_name.lower()
    if not found or len(name) <= len(before) + len(after) or not (name.startswith(before) and name.endswith(after)):
        return None
    return name[len(before) : len(name) - len(after)]
