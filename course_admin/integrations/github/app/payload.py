"""Readers of deliveries other than pushes: each returns a usable value, or refuses with the field's name.

Source: GitHub's webhook description (`@octokit/openapi-webhooks`).
"""

from datetime import datetime
from typing import Any

from course_admin.integrations.deliveries import BadPayload
from course_admin.integrations.github.push import FULL_NAME

BIGGEST = 2**63 - 1


def member(payload: Any, *names: str) -> dict[str, Any]:
    """Return the object at a path of names. Raises BadPayload."""
    found = payload
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        raise BadPayload(f"The delivery has no usable {'.'.join(names)}.")
    return found


def number(holder: dict[str, Any], name: str, shown: str) -> int:
    """Return one of GitHub's numbers. Raises BadPayload."""
    value = holder.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= BIGGEST:
        raise BadPayload(f"The delivery has no usable {shown}.")
    return value


def text(holder: dict[str, Any], name: str, shown: str, most: int = 250) -> str:
    """Return a line of plain text. Raises BadPayload."""
    value = holder.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= most or not value.isprintable():
        raise BadPayload(f"The delivery has no usable {shown}.")
    return value


def full_name(repository: dict[str, Any]) -> str:
    """Return a repository's owner and name. Raises BadPayload."""
    value = text(repository, "full_name", "repository.full_name")
    if not FULL_NAME.fullmatch(value):
        raise BadPayload("The delivery has no usable repository.full_name.")
    return value


def moment(value: object) -> datetime | None:
    """Return a time with its zone; None for anything else."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo else None
