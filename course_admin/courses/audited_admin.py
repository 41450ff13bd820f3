"""Admin pages whose changes are audited, and pages in a course's own time zone.

A page of an audited table asks why as soon as an audited field changes, and saves and deletes by courses/audit.py only.
"""

import zoneinfo
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms import BaseModelFormSet
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.utils import timezone

from course_admin.courses.audit import audited_fields, delete_audited, how_audited, save_audited
from course_admin.courses.models import Course
from course_admin.courses.requests import LoggedInRequest
from course_admin.courses.scoped_admin import CourseScopedAdmin

DELETED = "deleted in the admin"


class AuditedForm(forms.ModelForm):
    """A form with one more question: why."""

    why = forms.CharField(
        required=False, max_length=500, help_text="Goes to the audit log; needed to change roles, grades or deadlines."
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the reason of a change that the audit log will show."""
        super().clean()
        cleaned = self.cleaned_data
        audited = audited_fields(self._meta.model)
        if self.instance.pk and set(audited) & set(self.changed_data) and not cleaned.get("why"):
            self.add_error("why", "Say why: the audit log shows it beside what you changed.")
        return cleaned


class AuditedAdmin(CourseScopedAdmin):
    """A page whose saves and deletions leave audit events."""

    form: type[forms.ModelForm] = AuditedForm

    def reason(self, obj: Model, form: forms.ModelForm) -> str:
        """Return why something was changed."""
        return form.cleaned_data.get("why", "")

    def save_model(self, request: LoggedInRequest, obj: Model, form: forms.ModelForm, change: bool) -> None:
        """Save with an event."""
        save_audited(thing=obj, actor=request.user, at=timezone.now(), reason=self.reason(obj, form))

    def delete_model(self, request: LoggedInRequest, obj: Model) -> None:
        """Delete with an event."""
        delete_audited(thing=obj, actor=request.user, at=timezone.now(), reason=DELETED)

    def delete_queryset(self, request: LoggedInRequest, queryset: QuerySet) -> None:
        """Delete each with an event."""
        for obj in queryset:
            self.delete_model(request, obj)

    def save_formset(
        self, request: LoggedInRequest, form: forms.ModelForm, formset: BaseModelFormSet, change: bool
    ) -> None:
        """Save the rows of an inline, with events if their table is audited."""
        if formset.model is None or how_audited(formset.model) is None:
            super().save_formset(request, form, formset, change)
            return
        rows, reason, now = formset.save(commit=False), self.reason(form.instance, form), timezone.now()
        for row in formset.deleted_objects:
            delete_audited(thing=row, actor=request.user, at=now, reason=reason)
        for row in rows:
            save_audited(thing=row, actor=request.user, at=now, reason=reason)
        formset.save_m2m()


class GrantedAdmin(AuditedAdmin):
    """A page of things that somebody grants with a reason of their own: the page notes who and when."""

    form: type[forms.ModelForm] = forms.ModelForm
    granted = ("granted_by", "granted_at")

    def get_exclude(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Nobody types who granted it."""
        return self.granted

    def reason(self, obj: Any, form: forms.ModelForm) -> str:
        """Return the reason that the thing itself holds."""
        return obj.reason

    def save_model(self, request: LoggedInRequest, obj: Model, form: forms.ModelForm, change: bool) -> None:
        """Note who granted it last, and save with an event."""
        by, at = self.granted
        setattr(obj, by, request.user)
        setattr(obj, at, timezone.now())
        super().save_model(request, obj, form, change)


class CourseZoneAdmin(admin.ModelAdmin):
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
        if thing is not None:
            return thing.course.zone
        chosen = request.POST.get("course", "")
        course = Course.objects.filter(pk=chosen).first() if chosen.isdecimal() else None
        return course.zone if course else None
