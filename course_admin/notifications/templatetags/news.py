"""`{% unread as number %}`: how many pieces of news the viewer has not read."""

from typing import Any

from django import template

from course_admin.notifications.models import News

register = template.Library()


@register.simple_tag(takes_context=True)
def unread(context: dict[str, Any]) -> int:
    """Return how many pieces of news wait for the viewer; 0 for a visitor."""
    user = getattr(context.get("request"), "user", None)
    return News.objects.unread(user).count() if user is not None and user.is_authenticated else 0
