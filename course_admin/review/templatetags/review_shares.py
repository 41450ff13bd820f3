"""`{{ share|percent }}` and `{{ number|kappa }}`: how far people agree, as its page writes it."""

from django import template

from course_admin.pages.numbers import figure

register = template.Library()


@register.filter
def percent(share: float | None) -> str:
    """Return a share from 0 to 1 as a percentage; a dash for none."""
    return "–" if share is None else f"{share * 100:.0f} %"


@register.filter
def kappa(number: float | None) -> str:
    """Return kappa in two decimals; a dash where it says nothing."""
    return "–" if number is None else figure(number, 2)
