"""Names of tables and fields: each that the back office or the audit log shows is listed for the catalogues."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.utils.functional import Promise

from course_admin.back_office.field_names import NAMES
from course_admin.courses.audit import AUDITED

LISTED = {str(each) for each in NAMES}


def _flat(things: Iterable[Any]) -> Iterator[Any]:
    for each in things:
        if isinstance(each, list | tuple):
            yield from _flat(each)
        else:
            yield each


def _names(model: type[Model], shown: Iterable[Any]) -> set[str]:
    """Return a table's names and those of some of its fields, except those that the model itself has translated."""
    own, fields = model._meta.original_attrs, set(_flat(shown))
    names = {
        str(each.verbose_name)
        for each in (*model._meta.concrete_fields, *model._meta.local_many_to_many)
        if each.name in fields and not isinstance(each.deconstruct()[3].get("verbose_name"), Promise)
    }
    tables = [name for name in ("verbose_name", "verbose_name_plural") if not isinstance(own.get(name), Promise)]
    return names | {str(getattr(model._meta, name)) for name in tables}


def test_each_name_of_the_back_office_is_listed() -> None:
    """A page's table, its columns, and the fields of its form and of the tables in it."""
    shown = set[str]()
    for model, page in admin.site._registry.items():
        if model.__module__.startswith("course_admin."):
            forms = [options["fields"] for _, options in page.fieldsets or []]
            shown |= _names(model, [page.fields or [], page.list_display, page.readonly_fields, forms])
            for inline in page.inlines:
                shown |= _names(inline.model, [inline.fields or [], inline.readonly_fields])
    assert shown, "no page of ours was looked at"
    assert sorted(shown - LISTED) == []


def test_each_field_of_the_audit_log_is_listed() -> None:
    """As the log writes it: without `_id` and `_at`."""
    written = {
        name.removesuffix("_id").removesuffix("_at").replace("_", " ")
        for model, how in AUDITED.items()
        for name in how.fields(model)
    }
    assert sorted(written - LISTED) == []
