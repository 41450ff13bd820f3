"""The back office by course: who leads a course works on its rows, an account with Django's own permission on all.

Head TAs and instructors come in by their role alone. What they may do with a table is written on its page, in
`leaders_may`; lists, pages, pickers and actions hold the rows of their courses and no others.
"""

import functools
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.db.models import ForeignKey, ManyToManyField, Model, QuerySet
from django.db.models.fields.related import RelatedField
from django.forms import ModelChoiceField
from django.http import HttpRequest

from course_admin.courses.models import Course

EVERYTHING = ("view", "add", "change", "delete")
LOOKING = ("view",)
IN_THE_ADMIN = "asked for in the admin"  # the reason of an action, in the audit log
FOUND_AT_MOST = 2_000  # rows of another table by which a large one is searched


def led_courses(request: HttpRequest) -> frozenset[int]:
    """Return the keys of the courses that the viewer leads, asked once a request; none for an account without a role."""
    if not hasattr(request, "_led_courses"):
        enrolled = request.user.is_authenticated and not request.user.is_superuser
        led = Course.objects.led_by(request.user).values_list("pk", flat=True) if enrolled else ()
        request._led_courses = frozenset(led)  # type: ignore[attr-defined]
    return request._led_courses  # type: ignore[attr-defined]


def may_view_all(user: Any, model: type[Model]) -> bool:
    """Say whether an account may see every row of a table, whatever the course."""
    app, name = model._meta.app_label, model._meta.model_name
    return user.has_perm(f"{app}.view_{name}") or user.has_perm(f"{app}.change_{name}")


def rows_for(user: Any, rows: QuerySet, course_path: str) -> QuerySet:
    """Return what a viewer may open of some rows: all with the permission, else those of the courses they lead."""
    if may_view_all(user, rows.model):
        return rows
    return rows.filter(**{f"{course_path}__in": Course.objects.led_by(user).values("pk")})


class ScopedChoices(BaseModelAdmin):
    """Pickers that offer what the viewer may see in the list of the table they pick from."""

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


class _LeadersMay(BaseModelAdmin):
    """Rights by role, beside Django's own: `leaders_may` says which."""

    leaders_may: tuple[str, ...] = EVERYTHING

    def course_id(self, obj: Model) -> int | None:
        """Return the key of the course that a row belongs to; None: to none."""
        raise NotImplementedError

    def _by_role(self, right: str, request: HttpRequest, obj: Model | None) -> bool:
        led = led_courses(request)
        course = self.course_id(obj) if obj is not None and obj.pk is not None else None
        return right in self.leaders_may and (course in led if course is not None else bool(led))

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let leaders look if the page says so."""
        return super().has_view_permission(request, obj) or self._by_role("view", request, obj)

    def has_add_permission(self, request: HttpRequest, *parent: Any) -> bool:
        """Let leaders add if the page says so."""
        return super().has_add_permission(request, *parent) or self._by_role("add", request, *(parent or (None,)))

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let leaders change if the page says so."""
        return super().has_change_permission(request, obj) or self._by_role("change", request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let leaders delete if the page says so."""
        return super().has_delete_permission(request, obj) or self._by_role("delete", request, obj)


class CourseScopedAdmin(ScopedChoices, _LeadersMay, admin.ModelAdmin):
    """The page of a table whose rows belong to courses; `course_path` leads from a row to its course.

    An empty path: the row is the course. None: the rows belong to no course, and leaders see all of them.
    """

    course_path: str | None = "course"
    show_full_result_count = False  # a second count of a large table, for nobody
    list_per_page = 50
    search_through: tuple[str, ...] = ()  # paths to smaller tables: their lists are searched first

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the rows that the viewer may see."""
        rows = super().get_queryset(request)
        if self.course_path is None or may_view_all(request.user, self.model):
            return rows
        return rows.filter(**{f"{self.course_path or 'pk'}__in": led_courses(request)})

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
        return found, may_repeat

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the table to leaders, if they may look."""
        return super().has_module_permission(request) or self._by_role("view", request, None)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Actions, which choose among the viewer's own rows, are for who leads a course, and administrators."""
        return request.user.is_superuser or bool(led_courses(request))

    def course_id(self, obj: Model) -> int | None:
        """Return the key of the row's course."""
        if self.course_path is None:
            return None
        path = self.course_path.split("__") if self.course_path else []
        return functools.reduce(getattr, path, obj).pk


class History(CourseScopedAdmin):
    """A table whose rows are made by the service alone."""

    leaders_may = LOOKING

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows come from pushes, workers and rounds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """What happened is not rewritten."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """What happened is not forgotten."""
        return False


class CourseScopedInline(ScopedChoices, _LeadersMay, admin.TabularInline):
    """Rows on the page of another; that page has decided already whose they are."""

    extra = 0

    def course_id(self, obj: Model) -> int | None:
        """Return None: the page's own row was checked."""
        return None
