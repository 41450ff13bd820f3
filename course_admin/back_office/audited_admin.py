"""Admin pages whose changes are audited, and pages in a course's own time zone.

A page asks why as soon as something changes, says so if somebody else changed the same since it was opened, and saves and
deletes by courses/changes.py only, which refuses what the viewer may not do.
"""

import itertools
import zoneinfo
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Model
from django.forms import BaseModelFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import SimpleTemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.back_office.course_times import CourseTimes
from course_admin.back_office.scoped_admin import CourseScopedAdmin
from course_admin.courses.audit import (
    OVERTAKEN,
    ChangedMeanwhile,
    OtherCourse,
    StillNeeded,
    audited_fields,
    how_audited,
    state_of,
)
from course_admin.courses.changes import delete_row, save_row, set_rows
from course_admin.courses.models import Course, Enrollment
from course_admin.courses.requests import LoggedInRequest
from course_admin.policy import closed_fields, viewer

#: Rows that a page shows with its own: their table, and the name of the field that leads to the page's row.
Parts = tuple[tuple[type[Model], str], ...]


def _state(row: Model, parts: Parts) -> str:
    """Return what a page shows of a row and of its parts; "" of a new one, which nobody can have changed."""
    rows = (model._base_manager.filter(**{name: row.pk}).order_by("pk") for model, name in parts)
    return state_of(row, *itertools.chain.from_iterable(rows)) if row.pk else ""


class AuditedForm(forms.ModelForm):
    """A form with one more question, why; and with what it was shown of, to find out whether that still holds."""

    why = forms.CharField(
        required=False,
        max_length=500,
        help_text=_("Goes to the audit log; needed to change anything."),
        label=_("Why"),
    )
    shown_state = forms.CharField(required=False, widget=forms.HiddenInput)
    needs_why = True
    parts: Parts = ()  # set by the page

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["shown_state"] = _state(self.instance, self.parts)

    def clean(self) -> dict[str, Any]:
        """Ask for the reason of a change that the audit log will show, and refuse to overwrite somebody else's."""
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("shown_state") and cleaned["shown_state"] != self.initial["shown_state"]:
            raise forms.ValidationError(OVERTAKEN)
        audited = audited_fields(self._meta.model)
        changed = set(audited) & set(self.changed_data)
        if self.needs_why and self.instance.pk and changed and not cleaned.get("why"):
            self.add_error("why", gettext("Say why: the audit log shows it beside what you changed."))
        return cleaned


class AuditedAdmin(CourseScopedAdmin):
    """A page whose saves and deletions leave audit events."""

    form: type[forms.ModelForm] = AuditedForm

    def reason(self, obj: Model, form: forms.ModelForm) -> str:
        """Return why something was changed."""
        return form.cleaned_data.get("why", "")

    def get_form(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> type[forms.ModelForm]:
        """Return the page's form, which knows what is shown with its row."""
        inlines = self.get_inline_instances(request, obj) if obj is not None else []
        audited = [each for each in inlines if how_audited(each.model) is not None]
        leads: list[Any] = [each.get_formset(request, obj).fk for each in audited]
        parts = tuple((each.model, lead.name) for each, lead in zip(audited, leads, strict=True))
        return type("PageForm", (super().get_form(request, obj, **kwargs),), {"parts": parts})

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Return the page's fields, and what the form itself asks."""
        return self.fields

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Return the page's fields, and last what the form itself asks."""
        shown = super().get_fieldsets(request, obj)
        if not (self.has_change_permission(request, obj) if obj else self.has_add_permission(request)):
            return shown
        asked = [name for name in ("why", "shown_state") if name in self.form.base_fields]
        return [*shown, (gettext("Audit log"), {"fields": asked})]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Leave a row in its course, and some fields to fewer people."""
        names = [each.name for each in self.model._meta.fields]
        own = ["course"] if obj is not None and "course" in names else []
        return [*self.readonly_fields, *own, *closed_fields(viewer(request), self.model, obj)]

    def save_model(self, request: LoggedInRequest, obj: Model, form: forms.ModelForm, change: bool) -> None:
        """Save with an event."""
        save_row(row=obj, actor=request.user, at=timezone.now(), reason=self.reason(obj, form))

    def save_related(self, request: LoggedInRequest, form: forms.ModelForm, formsets: list, change: bool) -> None:
        """Save lists of others with events, and the inlines."""
        for each in self.model._meta.many_to_many:
            if each.name in form.cleaned_data:
                reason = self.reason(form.instance, form)
                told: dict[str, Any] = {"actor": request.user, "at": timezone.now(), "reason": reason}
                set_rows(row=form.instance, name=each.name, others=form.cleaned_data[each.name], **told)
        for formset in formsets:
            self.save_formset(request, form, formset, change=change)

    def save_formset(
        self, request: LoggedInRequest, form: forms.ModelForm, formset: BaseModelFormSet, change: bool
    ) -> None:
        """Save the rows of an inline with events; a table without them has no inline that writes."""
        if formset.model is None or how_audited(formset.model) is None:
            return
        rows, reason, now = formset.save(commit=False), self.reason(form.instance, form), timezone.now()
        for row in formset.deleted_objects:
            delete_row(row=row, actor=request.user, at=now, reason=reason)
        for row in rows:
            save_row(row=row, actor=request.user, at=now, reason=reason)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show and save; what a service does not do is said on the page."""
        return self._or_say(request, lambda: super(AuditedAdmin, self).changeform_view(request, *args, **kwargs))

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask and delete; what a service does not do is said on the page."""
        return self._or_say(request, lambda: super(AuditedAdmin, self).delete_view(request, *args, **kwargs))

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the list and do its actions; what a service does not do is said on the page."""
        return self._or_say(request, lambda: super(AuditedAdmin, self).changelist_view(request, *args, **kwargs))

    def _or_say(self, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            return view()
        except (ChangedMeanwhile, OtherCourse, StillNeeded) as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(request.get_full_path())


class SettingsForm(AuditedForm):
    """A form of what is changed while something is set up: a reason is welcome and not needed."""

    needs_why = False


class GrantedForm(AuditedForm):
    """A form of something whose own reason is the reason of the change."""

    needs_why = False
    why = None  # type: ignore[assignment]


class GrantedAdmin(AuditedAdmin):
    """A page of things that somebody grants with a reason of their own: the page notes who and when."""

    form: type[forms.ModelForm] = GrantedForm
    granted = ("granted_by", "granted_at")

    def reason(self, obj: Any, form: forms.ModelForm) -> str:
        """Return the reason that the thing itself holds."""
        return obj.reason

    def save_model(self, request: LoggedInRequest, obj: Model, form: forms.ModelForm, change: bool) -> None:
        """Note who granted it last, and save with an event."""
        by, at = self.granted
        setattr(obj, by, request.user)
        setattr(obj, at, timezone.now())
        super().save_model(request, obj, form, change)


class CourseZoneAdmin(CourseTimes, AuditedAdmin):
    """A page whose times are entered and shown by the clock of its course."""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the form; it is rendered here, while the course's zone is the current one."""
        with timezone.override(self._zone(request, object_id)):
            response = super().changeform_view(request, object_id, form_url, extra_context)
            if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
                response.render()
        return response

    def _zone(self, request: HttpRequest, object_id: str | None) -> zoneinfo.ZoneInfo | None:
        """Return the zone of the course that the object has, or that the form chose; None keeps the server's."""
        thing = self.get_object(request, object_id) if object_id else None
        course = self.course_of(thing) if thing is not None else self.chosen_course(request)
        return course.zone if course else None

    def course_of(self, thing: Any) -> Course:
        """Return a row's course."""
        return thing.course

    def chosen_course(self, request: HttpRequest) -> Course | None:
        """Return the course of a row that is being added, once the form says it."""
        chosen = request.POST.get("course", "")
        return Course.objects.filter(pk=chosen).first() if is_key(chosen) else None


class StudentZoneAdmin(CourseZoneAdmin):
    """A page of something that one student has, by the clock of their course."""

    def course_of(self, thing: Any) -> Course:
        """Return the course of the row's student."""
        return thing.student.course

    def chosen_course(self, request: HttpRequest) -> Course | None:
        """Return the course of the student whom the form chose."""
        chosen = request.POST.get("student", "")
        person = Enrollment.objects.select_related("course").filter(pk=chosen).first() if is_key(chosen) else None
        return person.course if person else None


def is_key(text: str) -> bool:
    """Say whether a text can be a row's key: what no column holds is none."""
    return text.isascii() and text.isdecimal() and len(text) <= 18
