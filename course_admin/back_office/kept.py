"""Why a row cannot be deleted: what refers to it and stays, asked without reading all of that.

Nobody is offered a button that ends in a refusal.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import CASCADE, PROTECT, RESTRICT, Model, QuerySet
from django.db.models.deletion import get_candidate_relations_to_delete
from django.http import HttpRequest
from django.utils.translation import gettext

from course_admin.courses.audit import NAMED_AT_MOST, how_audited, named_rows


def why_kept(row: Model, site: AdminSite, request: HttpRequest) -> str:
    """Return the sentence why a row cannot be deleted by the viewer; empty if it can."""
    how = how_audited(type(row))
    own: Any = how.needed_by(row) if how else []
    rows = type(row)._base_manager.filter(pk=row.pk)
    found = list(
        islice(dict.fromkeys([*own, *islice(_keeping(rows, site, request), NAMED_AT_MOST + 1)]), NAMED_AT_MOST + 1)
    )
    if not found:
        return ""
    return gettext("It cannot be deleted, since this belongs to it and is kept: {named}.").format(
        named=named_rows(found)
    )


def _keeping(rows: QuerySet[Any], site: AdminSite, request: HttpRequest) -> Iterator[Model]:
    """Yield rows that refer to some, or to what would go with them, and that stay or that the viewer may not delete."""
    relations: Any = get_candidate_relations_to_delete(rows.model._meta)
    for relation in relations:
        related: Any = relation.related_model
        there = related._base_manager.filter(**{f"{relation.field.name}__in": rows})
        page = site._registry.get(related)
        is_forbidden = page is not None and not page.has_delete_permission(request)
        if relation.on_delete in (PROTECT, RESTRICT) or (relation.on_delete is CASCADE and is_forbidden):
            yield from there[: NAMED_AT_MOST + 1]
        elif relation.on_delete is CASCADE and there.exists():
            yield from _keeping(there, site, request)
