"""Addresses of a log-in by SAML, under the names by which allauth knows them."""

from django.urls import path

from course_admin.identity.saml import views

urlpatterns = [
    path("login/", views.login, name="saml_login"),
    path("acs/", views.receive, name="saml_acs"),
    path("acs/finish/", views.finish, name="saml_finish_acs"),
    path("metadata/", views.metadata, name="saml_metadata"),
    path("sls/", views.single_logout, name="saml_sls"),
]
