"""Addresses of a course's page Canvas."""

from django.urls import path

from course_admin.integrations.canvas.developer_key import views as developer_key
from course_admin.integrations.canvas.due_dates import views as due_dates
from course_admin.integrations.canvas.own_token import views as own_token

urlpatterns = [
    path("courses/<slug:slug>/canvas/", own_token.canvas_course, name="canvas-course"),
    path("courses/<slug:slug>/canvas/assignments/", due_dates.assignments, name="canvas-assignments"),
    *due_dates.FOLLOWED.addresses("courses/<slug:slug>/canvas/assignments/", "canvas-assignments"),
    path("courses/<slug:slug>/canvas/connect/", developer_key.connect, name="canvas-connect"),
    path("courses/<slug:slug>/canvas/connected/", developer_key.connected, name="canvas-connected"),
]
