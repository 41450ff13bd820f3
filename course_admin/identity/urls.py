"""Addresses of logging in, of passwords and of second factors; of allauth's pages about passwords and addresses, none."""

from allauth.account import views as account
from django.apps import apps
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from course_admin.identity import passwords, views
from course_admin.identity.accounts import LoginView, PasswordChangeView

urlpatterns = [
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", PasswordChangeView.as_view(), name="password-change"),
    # The same two under the names by which allauth knows them.
    path("login/", LoginView.as_view(), name="account_login"),
    path("logout/", LogoutView.as_view(), name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/forgotten/", passwords.ForgottenView.as_view(), name="password-forgotten"),
    path("password/sent/", passwords.SentView.as_view(), name="password-sent"),
    path("password/<uidb64>/<token>/", passwords.SetView.as_view(), name="password-set"),
    path("second-factor/", include("allauth.mfa.urls")),
    path("identities/", include("allauth.socialaccount.urls")),
    path("github/login/", views.github_login, name="github_login"),
    path("github/login/callback/", views.github_callback, name="github_callback"),
    path("", include("allauth.socialaccount.providers.openid_connect.urls")),
]
if apps.is_installed("allauth.socialaccount.providers.saml"):
    urlpatterns.append(path("saml/<slug:organization_slug>/", include("course_admin.identity.saml.urls")))
