"""`{{ link.words|lms_words }}`: what a round stored of an LMS, in the language of whoever reads it."""

from django import template

from course_admin.integrations.outbox.stored_words import lms_words

register = template.Library()
register.filter("lms_words", lms_words)
