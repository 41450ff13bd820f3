"""Every address of the service, by name."""

from django.contrib import admin
from django.urls import include, path, re_path

from course_admin import views
from course_admin.languages.views import choose as choose_language

urlpatterns = [
    path("", include("course_admin.student.urls")),
    path("", include("course_admin.submissions.urls")),
    path("", include("course_admin.courses.urls")),
    path("", include("course_admin.invitations.urls")),
    path("", include("course_admin.people.urls")),
    path("", include("course_admin.audit_log.urls")),
    path("", include("course_admin.assignments.urls")),
    path("", include("course_admin.gradebook.urls")),
    path("", include("course_admin.review.urls")),
    path("", include("course_admin.discussion.urls")),
    path("", include("course_admin.notifications.urls")),
    path("", include("course_admin.pages.urls")),
    path("language/", choose_language, name="language"),
    path("", include("course_admin.api.urls")),
    path("", include("course_admin.integrations.lti.urls")),
    path("", include("course_admin.integrations.gradescope.urls")),
    path("", include("course_admin.integrations.canvas.urls")),
    path("", include("course_admin.integrations.outbox.urls")),
    path("", include("course_admin.integrations.github.repositories.urls")),
    path("", include("course_admin.integrations.addresses.urls")),
    path("hooks/github/", include("course_admin.integrations.github.urls")),
    path("hooks/", include("course_admin.integrations.forges.urls")),
    path("accounts/", include("course_admin.identity.urls")),
    path("health/", views.health, name="health"),
    re_path(r"^health/ready/?$", views.ready, name="health-ready"),
    path("admin/", admin.site.urls),
]
