"""Read `assignments.json` of a Classroom 50 configuration repository: each assignment, or one sentence that names what is wrong.

Fields that are not known here are left alone. Source: Classroom 50's schema `classroom50/assignments/v1`.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext

from course_admin.courses.csv_files import FileUnreadable, csv_text

SCHEMA = "classroom50/assignments/v1"
SHORT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,38}")
TITLE_CHARACTERS, MOST = 200, 500
LARGEST_GROUP = 100
FIRST_YEAR, LAST_YEAR = 2000, 2199


@dataclass(frozen=True, slots=True)
class ConfiguredAssignment:
    """One assignment of the file; group_size: 1 if each student works alone."""

    slug: str
    title: str
    due_at: datetime | None
    group_size: int


def read_assignments(data: bytes) -> list[ConfiguredAssignment]:
    """Return the file's assignments in their order. Raises FileUnreadable."""
    try:
        told = json.loads(csv_text(data))
    except (ValueError, RecursionError) as problem:
        if isinstance(problem, FileUnreadable):
            raise
        raise FileUnreadable(
            gettext("The file is not JSON: take assignments.json of the configuration repository.")
        ) from None
    rows = told.get("assignments") if isinstance(told, dict) and told.get("schema") == SCHEMA else None
    if not isinstance(rows, list):
        raise FileUnreadable(
            gettext('The file is no assignments.json of Classroom 50: its "schema" must be {schema}.').format(
                schema=SCHEMA
            )
        )
    if not 0 < len(rows) <= MOST:
        raise FileUnreadable(
            gettext("The file has {count} assignments; between 1 and {most} are read.").format(
                count=len(rows), most=MOST
            )
        )
    found = [_assignment(row, number) for number, row in enumerate(rows, 1)]
    slugs = [each.slug for each in found]
    for slug in slugs:
        if slugs.count(slug) > 1:
            raise FileUnreadable(
                gettext("The assignment {slug} is in the file {count} times.").format(
                    slug=slug, count=slugs.count(slug)
                )
            )
    return found


def _assignment(row: Any, number: int) -> ConfiguredAssignment:
    slug = row.get("slug") if isinstance(row, dict) else None
    if not isinstance(slug, str) or not SHORT_NAME.fullmatch(slug):
        raise FileUnreadable(
            gettext(
                "Assignment {number} has no usable slug: 2 to 39 lower-case letters, digits and hyphens are expected."
            ).format(number=number)
        )
    title = row.get("name")
    if not isinstance(title, str) or not title.strip() or len(title) > TITLE_CHARACTERS or not title.isprintable():
        raise FileUnreadable(
            gettext("The assignment {slug} has no usable name of at most {most} letters.").format(
                slug=slug, most=TITLE_CHARACTERS
            )
        )
    return ConfiguredAssignment(slug, title.strip(), _due_at(row.get("due"), slug), _group_size(row, slug))


def _due_at(value: Any, slug: str) -> datetime | None:
    if value in (None, ""):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise FileUnreadable(
            gettext("The assignment {slug} has no usable due time: 2026-10-02T21:00:00Z is how one is written.").format(
                slug=slug
            )
        )
    return moment.astimezone(UTC)


def _group_size(row: dict[str, Any], slug: str) -> int:
    mode, size = row.get("mode"), row.get("max_group_size", 2)
    if mode == "individual":
        return 1
    if mode != "group":
        raise FileUnreadable(
            gettext("The assignment {slug} has no usable mode: individual or group is expected.").format(slug=slug)
        )
    if isinstance(size, bool) or not isinstance(size, int) or not 2 <= size <= LARGEST_GROUP:
        raise FileUnreadable(
            gettext("The assignment {slug} has no usable max_group_size: 2 to {most} is expected.").format(
                slug=slug, most=LARGEST_GROUP
            )
        )
    return size
