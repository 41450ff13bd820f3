"""Readers of what a git host sends: each returns a usable value, or refuses with the field's name.

`of` is what the refusal calls it all: a push, or another delivery.
"""

import re
from typing import Any

from course_admin.integrations.deliveries import BadPayload

#: Of GitLab and Gitea: groups lie in groups.
FULL_NAME = re.compile(r"(?=.{1,200}$)(?:(?!\.{1,2}/)[A-Za-z0-9._-]+/)+(?!\.{1,2}$)[A-Za-z0-9._-]+")
COMMIT = re.compile(r"[0-9a-f]{40}")
BIGGEST = 2**63 - 1
TEXT_LETTERS = 250


def member(payload: Any, name: str) -> dict[str, Any]:
    """Return an object in another. Raises BadPayload."""
    value = payload.get(name) if isinstance(payload, dict) else None
    if not isinstance(value, dict):
        raise BadPayload(f"The push has no usable {name}.")
    return value


def number(holder: dict[str, Any], name: str, shown: str, of: str = "push") -> int:
    """Return the host's number of something. Raises BadPayload."""
    value = holder.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= BIGGEST:
        raise BadPayload(f"The {of} has no usable {shown}.")
    return value


def matching(holder: dict[str, Any], name: str, pattern: re.Pattern[str], shown: str) -> str:
    """Return a text of a certain form. Raises BadPayload."""
    value = holder.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BadPayload(f"The push has no usable {shown}.")
    return value


def text(
    holder: dict[str, Any],
    name: str,
    shown: str,
    *,
    or_else: str | None = None,
    most: int = TEXT_LETTERS,
    of: str = "push",
) -> str:
    """Return a line of plain text of so many letters; `or_else`, where it may be missing. Raises BadPayload."""
    value = holder.get(name)
    if or_else is not None and not value:
        return or_else
    if not isinstance(value, str) or not 0 < len(value) <= most or not value.isprintable():
        raise BadPayload(f"The {of} has no usable {shown}.")
    return value
