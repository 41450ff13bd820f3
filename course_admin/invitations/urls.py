"""Addresses of invitations and of joining courses."""

from django.urls import path

from course_admin.invitations.pages import joining, staff

urlpatterns = [
    path("join/address/<str:token>/", joining.address, name="join-address"),
    path("join/<str:token>/", joining.person, name="join"),
    path("courses/<slug:slug>/join/", joining.start, name="join-start"),
    path("courses/<slug:slug>/join/elsewhere/", joining.elsewhere, name="join-elsewhere"),
    path("courses/<slug:slug>/join/now/", joining.course, name="join-course"),
    path("courses/<slug:slug>/invitations/", staff.invitations, name="invitations"),
]
