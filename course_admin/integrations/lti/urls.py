"""Addresses of launches, of what platforms read of us, and of the pages by which staff register and link them."""

from django.urls import path

from course_admin.integrations.lti.launch import deep_linking, login, views
from course_admin.integrations.lti.staff import roster
from course_admin.integrations.lti.staff import views as staff

ROSTER = "courses/<slug:slug>/lti/roster/"

urlpatterns = [
    path("lti/login/", login.login, name="lti-login"),
    path("lti/launch/", views.launch, name="lti-launch"),
    path("lti/enter/", views.enter, name="lti-enter"),
    path("lti/choose/", deep_linking.choose, name="lti-choose"),
    path("lti/keys.json", staff.keys, name="lti-keys"),
    path("lti/platforms/", staff.platforms, name="lti-platforms"),
    path("lti/register/", staff.register, name="lti-register"),
    path("lti/link/", staff.link, name="lti-link"),
    path(ROSTER, roster.roster, name="lti-roster"),
    *roster.FOLLOWED.addresses(ROSTER, "lti-roster"),
]
