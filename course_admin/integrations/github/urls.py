"""Addresses that GitHub calls."""

from django.urls import path

from course_admin.integrations.github.webhooks import hook

urlpatterns = [path("", hook, name="github-hook")]
