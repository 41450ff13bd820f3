"""Logging in with GitHub: allauth's two views, which do not exist where no GitHub app is configured."""

from collections.abc import Callable
from functools import wraps

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.github.views import oauth2_callback, oauth2_login
from django.http import Http404, HttpRequest, HttpResponse

View = Callable[[HttpRequest], HttpResponse]


def _if_configured(view: View) -> View:
    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except SocialApp.DoesNotExist:
            raise Http404 from None

    return answer


github_login = _if_configured(oauth2_login)
github_callback = _if_configured(oauth2_callback)
