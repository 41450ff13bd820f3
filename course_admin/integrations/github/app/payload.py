"""Readers of deliveries other than pushes: each returns a usable value, or refuses with the field's name.

Source: GitHub's webhook description (`@octokit/openapi-webhooks`).
"""

from typing import Any

from course_admin.integrations import payload
from course_admin.integrations.deliveries import BadPayload
from course_admin.integrations.github.push import FULL_NAME


def member(told: Any, *names: str) -> dict[str, Any]:
    """Return the object at a path of names. Raises BadPayload."""
    found = told
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        raise BadPayload(f"The delivery has no usable {'.'.join(names)}.")
    return found


def number(holder: dict[str, Any], name: str, shown: str) -> int:
    """Return one of GitHub's numbers. Raises BadPayload."""
    return payload.number(holder, name, shown, of="delivery")


def text(holder: dict[str, Any], name: str, shown: str, most: int = payload.TEXT_LETTERS) -> str:
    """Return a line of plain text. Raises BadPayload."""
    return payload.text(holder, name, shown, most=most, of="delivery")


def full_name(repository: dict[str, Any]) -> str:
    """Return a repository's owner and name. Raises BadPayload."""
    value = text(repository, "full_name", "repository.full_name")
    if not FULL_NAME.fullmatch(value):
        raise BadPayload("The delivery has no usable repository.full_name.")
    return value
