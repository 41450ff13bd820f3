"""Who calls, and how often: a token in the header, its scopes, and a limit for each token."""

from typing import Any

from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.security import HttpBearer
from ninja.throttling import SimpleRateThrottle

from course_admin.api.models import ApiToken
from course_admin.api.tokens import token_of
from course_admin.identity.second_factor import needs_second_factor
from course_admin.liveness import clock

SECOND_FACTOR = "Set up a second factor in the browser first: here staff act with one only."


class Bearer(HttpBearer):
    """`Authorization: Bearer assay_...`; a session's cookie opens nothing here."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        """Return the token, and let the request be its owner's. Raises HttpError if its scopes do not reach."""
        found = token_of(token, clock.now())
        if found is None:
            return None
        request.user = found.account
        if needs_second_factor(found.account):
            raise HttpError(403, SECOND_FACTOR)
        if not getattr(found, self.scope):
            name = ApiToken._meta.get_field(self.scope).verbose_name  # type: ignore[union-attr]
            raise HttpError(
                403, f"This token has not the scope '{name}'. Make one that has, on the page of your tokens."
            )
        return found


class PerToken(SimpleRateThrottle):
    """Counts the calls of one token."""

    def __init__(self, name: str, rate: str) -> None:
        self.scope = name
        super().__init__(rate)

    def get_cache_key(self, request: HttpRequest) -> str | None:
        """Return what is counted by."""
        token: Any = getattr(request, "auth", None)
        return f"api-{self.scope}-{token.pk}" if token is not None else None


READ, SUBMIT, GRADES = Bearer("may_read"), Bearer("may_submit"), Bearer("may_read_grades")
