"""The page of somebody's own tokens: what they have, one more, one less."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from course_admin.api.models import ApiToken
from course_admin.api.tokens import TokenRefused, make_token, take_back
from course_admin.courses.requests import LoggedInRequest
from course_admin.liveness import clock

SCOPES = [
    ("read", _("read: courses, assignments, attempts and their reports")),
    ("submit", _("submit: hand in")),
    ("gradebook", _("gradebook: read grades, as staff of a course")),
]
DAYS = [("7", _("a week")), ("120", _("a term (120 days)")), ("365", _("a year")), ("", _("until I take it back"))]


class TokenForm(forms.Form):
    """What a new token is called, and may do."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What it is for, such as the laptop that holds it.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"), choices=SCOPES, widget=forms.CheckboxSelectMultiple, initial=["read", "submit"]
    )
    days = forms.ChoiceField(label=_("It is good for"), choices=DAYS, initial="120", required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def tokens(request: LoggedInRequest) -> HttpResponse:
    """Show the viewer's own tokens, make one, or take one back."""
    at = clock.now()
    key = request.POST.get("take_back", "")
    if key:
        done = key.isdecimal() and len(key) < 18 and take_back(account=request.user, key=int(key), at=at)
        messages.success(
            request, gettext("Taken back: it opens nothing now.") if done else gettext("It was over already.")
        )
        return redirect("api-tokens")
    form = TokenForm(request.POST or None)
    made = ""
    if request.method == "POST" and form.is_valid():
        days = int(form.cleaned_data["days"] or 0) or None
        chosen = {"name": form.cleaned_data["name"], "scopes": set(form.cleaned_data["scopes"])}
        try:
            _, made = make_token(account=request.user, **chosen, days=days, at=at)
            form = TokenForm()
        except TokenRefused as refusal:
            form.add_error(None, str(refusal))
    mine = ApiToken.objects.good(at).filter(account=request.user)
    return render(request, "api/tokens.html", {"form": form, "made": made, "tokens": mine})
