"""`{{ row.points|points }}`: points as every page shows them; `{{ most|plural_number }}`: the number that chooses their plural."""

from decimal import Decimal

from django import template

from course_admin.pages.numbers import plural_number, points_in_words

register = template.Library()
register.filter("points", lambda value: points_in_words(value) if isinstance(value, Decimal) else "")
register.filter("plural_number", plural_number)
