"""The address of a course's people."""

from django.urls import path

from course_admin.people.views import people

urlpatterns = [path("courses/<slug:slug>/people/", people, name="people")]
