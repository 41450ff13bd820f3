"""`{% frame as frame %}`: what stands around a page; `{% moment due_at course %}`: a time;
`{{ text|markdown }}`: a comment; `{{ sentence|linked }}`: a sentence whose web addresses are links;
`{{ minutes|span }}`: how long that is."""

from datetime import UTC, datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from course_admin.courses.models import Course
from course_admin.liveness import clock
from course_admin.pages.frame import Frame
from course_admin.pages.links import linked
from course_admin.pages.markdown import markdown
from course_admin.pages.moments import by_the_clock, from_now, span

register = template.Library()
register.filter("markdown", markdown)
register.filter("linked", linked)
register.filter("span", span)


@register.simple_tag(takes_context=True)
def frame(context: template.Context) -> Frame:
    """Return the frame of the page that is being made."""
    return Frame(context.get("request"), context.flatten())  # type: ignore[arg-type]


@register.simple_tag
def moment(value: datetime | None, course: Course | None = None, *, beside: bool = True) -> SafeString | str:
    """Write a time by a course's clock, its zone named; `beside`: with what that is from now.

    Beside it a browser in another zone also says what its own clock shows then (`ownTimes` in page.js).
    """
    if not isinstance(value, datetime):
        return ""
    zone = course.zone if isinstance(course, Course) else UTC
    clock_time, written = by_the_clock(value, zone), value.isoformat()
    if not beside:
        return format_html('<time datetime="{}">{}</time>', written, clock_time)
    now: Any = clock.now()
    beside_it = from_now(value, now, zone)
    return format_html(
        '<time datetime="{}" data-zone="{}">{}</time> <small class="ago">{}</small>',
        written,
        zone,
        clock_time,
        beside_it,
    )
