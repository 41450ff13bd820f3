"""The back office by course: who leads a course works on its rows; what they may do with a table, policy/tables.py says.

Lists, pages, pickers and actions hold the rows that the viewer may open and no others. Each page names its fields and the
lookups that its address may hold; page_checks.py fails for one that does not.
"""

import functools
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.utils import get_fields_from_path
from django.db.models import DateField, DecimalField, Field, ForeignKey, ManyToManyField, Model, QuerySet
from django.db.models.fields.related import RelatedField
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.utils import timezone

from course_admin.back_office.course_times import column, is_of_moments, zone_of_list
from course_admin.back_office.kept import why_kept
from course_admin.back_office.permitted_links import Permitted
from course_admin.courses.changes import delete_row
from course_admin.courses.requests import LoggedInRequest
from course_admin.pages.number_fields import TypedDecimalField
from course_admin.policy import Right, may_in_table, rows_in_table, viewer
from course_admin.policy.subjects import subject_of

DELETED = "deleted in the admin"
IN_THE_ADMIN = "asked for in the admin"  # the reason of an action, in the audit log
FOUND_AT_MOST = 2_000  # rows of another table by which a large one is searched


class ScopedChoices(BaseModelAdmin):
    """Pickers that offer what the viewer may see in the list of the table they pick from; and numbers as people type them."""

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        """Take a number's decimals behind a comma or a point."""
        typed = {"form_class": TypedDecimalField} if isinstance(db_field, DecimalField) else {}
        return super().formfield_for_dbfield(db_field, request, **{**typed, **kwargs})

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        """Offer the viewer's own rows."""
        return super().formfield_for_foreignkey(db_field, request, **self._offered(db_field, request, kwargs))

    def formfield_for_manytomany(self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the viewer's own rows."""
        return super().formfield_for_manytomany(db_field, request, **self._offered(db_field, request, kwargs))

    def _offered(self, db_field: RelatedField, request: HttpRequest, kwargs: dict[str, Any]) -> dict[str, Any]:
        page = self.admin_site._registry.get(db_field.related_model)
        return {"queryset": page.get_queryset(request), **kwargs} if page else kwargs


class OwnRowsFilter(admin.RelatedFieldListFilter):
    """A filter by another table that offers what the viewer may see in its list."""

    def field_choices(self, field: RelatedField, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[Any]:
        """Offer the viewer's own rows."""
        page = model_admin.admin_site._registry.get(field.related_model)
        if page is None:
            return super().field_choices(field, request, model_admin)
        return [(row.pk, str(row)) for row in page.get_queryset(request)]


admin.FieldListFilter.register(lambda field: bool(field.remote_field), OwnRowsFilter, take_priority=True)


#: What Django's own filters put behind a field's name in an address.
FILTERED = ("", "__exact", "__id__exact", "__isnull")
OF_DATES = ("__gte", "__lt", "__year", "__month", "__day")


class _ByPolicy(BaseModelAdmin):
    """Rights as the policy says, and Django's own nowhere."""

    def _may(self, right: Right, request: HttpRequest, obj: Model | None = None) -> bool:
        is_own = isinstance(obj, self.model._meta.concrete_model or self.model)
        return may_in_table(viewer(request), right, obj if obj is not None and is_own and obj.pk else self.model)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Say whether the viewer may look."""
        return self._may(Right.VIEW, request, obj)

    def has_add_permission(self, request: HttpRequest, *parent: Any) -> bool:
        """Say whether the viewer may add."""
        return self._may(Right.ADD, request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Say whether the viewer may change."""
        return self._may(Right.CHANGE, request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Say whether the viewer may delete."""
        return self._may(Right.DELETE, request, obj)


class CourseScopedAdmin(ScopedChoices, _ByPolicy, admin.ModelAdmin):
    """The page of a table. A row that the viewer may not open does not exist for them."""

    show_full_result_count = False  # a second count of a large table, for nobody
    list_per_page = 50
    list_prefetch: tuple[str, ...] = ()  # what a row's name needs and no join gives
    search_through: tuple[str, ...] = ()  # paths to smaller tables: their lists are searched first
    lookups: tuple[str, ...] | None = (
        None  # what the address may hold beside the filters; a page says it, even if nothing
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the rows that the viewer may see."""
        rows = super().get_queryset(request).prefetch_related(*self.list_prefetch)
        return rows_in_table(viewer(request), Right.VIEW, rows)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the list; its days are those of its courses' clock, so it is rendered while that is the current one."""
        with timezone.override(zone_of_list(self, request)):
            response = super().changelist_view(request, *args, **kwargs)
            if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
                response.render()
        return response

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Show times by the clock of each row's course."""
        model: Any = self.model
        return [column(model, each) if is_of_moments(model, each) else each for each in self.list_display]

    def get_list_select_related(self, request: HttpRequest) -> list[str]:
        """Read the course with each row of a list that shows times."""
        course = subject_of(self.model).course
        shows_times = any(is_of_moments(self.model, each) for each in self.list_display)
        return [*(self.list_select_related or ()), *([course] if course and shows_times else [])]  # type: ignore[misc]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return a row by its key; an address that names the field "" names none."""
        return super().get_object(request, object_id, from_field or None)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """Offer to delete a row that can be deleted; of another, say what keeps it. Link what the viewer may open."""
        me = viewer(request)
        context["adminform"] = Permitted(context["adminform"], me)
        context["inline_admin_formsets"] = [Permitted(each, me) for each in context["inline_admin_formsets"]]
        row = context.get("original")
        if row is not None and self.has_delete_permission(request, row):
            context["why_kept"] = why_kept(row, self.admin_site, request)
            context["show_delete"] = not context["why_kept"]
        return super().render_change_form(request, context, *args, **kwargs)

    def delete_model(self, request: LoggedInRequest, obj: Model) -> None:
        """Delete with an event."""
        delete_row(row=obj, actor=request.user, at=timezone.now(), reason=DELETED)

    def delete_queryset(self, request: LoggedInRequest, queryset: QuerySet) -> None:
        """Delete each with an event."""
        for obj in queryset:
            self.delete_model(request, obj)

    def operable(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Return the rows on which the viewer may act, of those they chose."""
        return rows_in_table(viewer(request), Right.OPERATE, queryset)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Take from an address what the page's filters make, and what it names; whatever else could ask for any field."""
        return lookup in self._lookups_of_filters() or lookup in (self.lookups or ())

    def _lookups_of_filters(self) -> set[str]:
        filters: list[Any] = [each for each in self.list_filter if not isinstance(each, type)]
        names = [each if isinstance(each, str) else each[0] for each in filters]
        empties = {f"{each[0]}__isempty" for each in filters if not isinstance(each, str)}
        dates = {name for name in (*names, self.date_hierarchy) if name and self._is_date(name)}
        plain = {f"{name}{suffix}" for name in names for suffix in FILTERED}
        return plain | empties | {f"{name}{suffix}" for name in dates for suffix in OF_DATES}

    def _is_date(self, path: str) -> bool:
        return isinstance(get_fields_from_path(self.model, path)[-1], DateField)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Search the row's own fields, and by what is found in the lists of the tables that `search_through` leads to."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        for path in self.search_through if search_term else ():
            model = functools.reduce(
                lambda here, name: here._meta.get_field(name).related_model, path.split("__"), self.model
            )
            page = self.admin_site._registry[model]
            there, _ = page.get_search_results(request, page.get_queryset(request), search_term)
            keys = list(there.order_by().values_list("pk", flat=True)[:FOUND_AT_MOST])
            found = found | queryset.filter(**{f"{path}__in": keys})
        return found, may_repeat or bool(self.search_through)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the table to whoever may look."""
        return self._may(Right.VIEW, request)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Say whether the viewer may act on any row of the table."""
        return self._may(Right.OPERATE, request)


class History(CourseScopedAdmin):
    """A table whose rows are made by the service alone, as the policy's table says."""


class CourseScopedInline(ScopedChoices, _ByPolicy, admin.TabularInline):
    """Rows on the page of another; that page has decided already whose they are."""

    extra = 0
