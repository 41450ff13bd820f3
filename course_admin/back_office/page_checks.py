"""System checks of the back office: a page that does not say what it shows and what may be asked of it fails at start.

Whatever is not named could be read letter by letter through an address. So each page lists its fields and the lookups that
its address may hold, and none of them leads to a credential, or to what is private.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.core.checks import Error

from course_admin.back_office.scoped_admin import CourseScopedAdmin
from course_admin.courses.models.accommodation import Accommodation
from course_admin.policy import RIGHTS

#: Parts of the names of fields that are credentials, or prove that somebody holds something.
SECRET = {"token", "digest", "secret", "password", "sha256", "claim", "claimed", "lease", "seed"}
#: Fields that not everybody may read who may open their rows: never listed, sorted by, filtered or searched, from whatever table.
PRIVATE = {Accommodation._meta.get_field("reason")}


def check_pages(app_configs: Any = None, **kwargs: Any) -> list[Error]:
    """Return what is wrong with the pages of the back office."""
    return [error for model, page in admin.site._registry.items() for error in check_page(model, page)]


def check_page(model: Any, page: Any) -> Iterator[Error]:
    """Yield what is wrong with one page."""
    name = f"{type(page).__name__} ({model._meta.label})"
    if not isinstance(page, CourseScopedAdmin) or model._meta.label_lower not in RIGHTS:
        yield Error(f"{name} is no page under the policy: policy/tables.py says nothing of it.", id="assay.E001")
        return
    if page.lookups is None:
        yield Error(f"{name} does not say which lookups its address may hold.", id="assay.E002")
    for holder in (page, *page.inlines):
        if not (holder.fields or getattr(holder, "fieldsets", None)):
            yield Error(f"{name} does not list the fields of {holder}.", id="assay.E003")
    own = {each.name for each in model._meta.get_fields()}
    shown = [
        each for each in [*_fields(page), *_names(page.list_display)] if each in own
    ]  # a form's own may ask for one
    asked = [
        *filter(None, (_order_of(page, column) for column in page.list_display)),
        *(page.lookups or ()),
        *_names(page.list_filter),
        *_names(page.search_fields),
        *_names(page.ordering or ()),
    ]
    for path in (*shown, *asked):
        if SECRET & set(path.split("_")):
            yield Error(f"{name} shows or asks for {path}, which is a credential.", id="assay.E004")
    for path in (*_names(page.list_display), *asked):
        if not PRIVATE.isdisjoint(_fields_on(model, path)):
            yield Error(f"{name} lists or asks for {path}, which is private.", id="assay.E005")
    for column in page.list_display:
        if not label_for_field(column, model, page):
            yield Error(f"{name} lists {column} in a column without a heading.", id="assay.E006")


def _order_of(page: Any, column: Any) -> str:
    """Return what a list is sorted by where a column is that is no field; empty: it cannot be."""
    made = column if callable(column) else getattr(page, column, None)
    order = getattr(made, "admin_order_field", None)
    return order.lstrip("-") if isinstance(order, str) else ""


def _fields_on(model: Any, path: str) -> Iterator[Any]:
    """Yield the fields that a lookup goes through, however many tables on."""
    for name in path.lstrip("^=@").split("__"):
        if model is None or name not in {each.name for each in model._meta.get_fields()}:
            return
        found = model._meta.get_field(name)
        yield found
        model = found.related_model


def _fields(page: Any) -> Iterator[str]:
    for holder in (page, *page.inlines):
        for _, options in holder.fieldsets or [(None, {"fields": holder.fields or ()})]:
            yield from _names(options["fields"])


def _names(things: Iterable[Any]) -> Iterator[str]:
    for each in things:
        if isinstance(each, str):
            yield each.lstrip("-")
        elif isinstance(each, list | tuple):
            yield str(each[0])
