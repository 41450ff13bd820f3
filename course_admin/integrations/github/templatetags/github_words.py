"""`{{ found.words|github_words }}`: why GitHub listed nothing, in the language of whoever reads it."""

from django import template

from course_admin.integrations.github.repositories.existing.asking import words

register = template.Library()
register.filter("github_words", words)
