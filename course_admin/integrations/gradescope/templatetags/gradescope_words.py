"""`{{ found.words|gradescope_words }}`: why a suite was not packed, in the language of whoever reads it."""

from django import template

from course_admin.integrations.gradescope.standalone import words

register = template.Library()
register.filter("gradescope_words", words)
