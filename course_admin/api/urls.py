"""Addresses of the API and of the page of tokens."""

from django.urls import path

from course_admin.api import views
from course_admin.api.endpoints import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("tokens/", views.tokens, name="api-tokens"),
]
