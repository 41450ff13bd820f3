"""Addresses of what belongs to every page."""

from django.urls import path

from course_admin.pages import views

urlpatterns = [
    path("styles/", views.styles, name="styles"),
    path("institution/logo", views.institution_logo, name="institution-logo"),
]
