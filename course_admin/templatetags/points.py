"""`{{ row.points|points }}`: points as every page shows them."""

from decimal import Decimal

from django import template

from grader.points import points_text

register = template.Library()
register.filter("points", lambda value: points_text(value) if isinstance(value, Decimal) else "")
