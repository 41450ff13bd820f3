"""The audit log in the back office, over all courses that the viewer leads: the same sentences as on a course's page of it.

What is stored in English is worded anew for its reader; a row's page shows beside that what was stored, as it was.
"""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from course_admin.audit_log.sentences import Sentence, sentences_of
from course_admin.audit_log.stored_words import subject_in_words
from course_admin.back_office.scoped_admin import CourseScopedAdmin
from course_admin.courses.models import AuditEvent


class AuditEventList(ChangeList):
    """A page of the list, its rows with their sentences: what they name is read for all of them at once."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page's events, and word them."""
        super().get_results(request)
        self.result_list = worded(self.result_list)


def worded(events: Any) -> list[Any]:
    """Return events that know their sentence."""
    read = list(events)
    for event, sentence in zip(read, sentences_of(read), strict=True):
        event.sentence = sentence
    return read


@admin.register(AuditEvent)
class AuditEventAdmin(CourseScopedAdmin):
    """The audit log, to look at."""

    fields = ["at", "kind", "course", "who", "did", "what", "changes", "why", "before", "after"]
    readonly_fields = ["who", "did", "what", "changes", "why"]
    lookups = ()
    list_display = ["at", "kind", "who", "did", "what", "changes", "why"]
    list_filter = ["kind", "course"]
    list_select_related = ["actor", "course"]
    search_fields = ["subject", "reason"]
    date_hierarchy = "at"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that words its rows."""
        return AuditEventList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return an event with its sentence, its subject in the reader's language: its page is called by that."""
        event = super().get_object(request, object_id, from_field)
        if event is None:
            return None
        worded([event])
        event.subject = subject_in_words(event.subject)
        return event

    @admin.display(description=_("who"), ordering="actor")
    def who(self, event: AuditEvent) -> str:
        """Show who did it."""
        return _sentence(event).who

    @admin.display(description=_("did"))
    def did(self, event: AuditEvent) -> str:
        """Show what they did."""
        return _sentence(event).did

    @admin.display(description=_("what"), ordering="subject")
    def what(self, event: AuditEvent) -> str:
        """Show what they did it to."""
        return _sentence(event).what

    @admin.display(description=_("changes"))
    def changes(self, event: AuditEvent) -> str:
        """Show what it was and what it is now, a line for each field."""
        return format_html_join("", "<div>{}</div>", ((line,) for line in _sentence(event).changes))

    @admin.display(description=_("why"), ordering="reason")
    def why(self, event: AuditEvent) -> str:
        """Show the reason."""
        return _sentence(event).why


def _sentence(event: Any) -> Sentence:
    found: Sentence = event.sentence
    return found
