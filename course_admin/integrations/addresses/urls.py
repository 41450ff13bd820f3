"""The address of the page on which a repository is named."""

from django.urls import path

from course_admin.integrations.addresses.views import named_repository

urlpatterns = [
    path("courses/<slug:slug>/assignments/<slug:assignment>/address/", named_repository, name="named-repository"),
]
