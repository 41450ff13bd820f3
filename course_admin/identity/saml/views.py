"""The pages of a log-in by SAML: allauth's, and the page that says that it did not work where they would fail."""

import base64
import logging
from collections.abc import Callable
from functools import wraps

from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.saml import views as saml
from allauth.socialaccount.providers.saml.utils import build_saml_config, get_app_or_404
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST
from lxml.etree import XMLSyntaxError
from onelogin.saml2.errors import OneLogin_Saml2_Error
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from course_admin.identity.saml.provider import SamlRefusal

log = logging.getLogger(__name__)
View = Callable[..., HttpResponse]

#: An answer is kept for the length of a redirect, before anything is known about its sender.
MAX_ANSWER_BYTES = 256 * 1024


def _refusing(view: View) -> View:
    """Answer what is not believed with a page, and say why in the log."""

    @wraps(view)
    def answer(request: HttpRequest, organization_slug: str) -> HttpResponse:
        provider = get_app_or_404(request, organization_slug).get_provider(request)
        try:
            provider.require_metadata()
            return view(request, organization_slug=organization_slug)
        except (SamlRefusal, OneLogin_Saml2_Error) as refusal:
            reason = str(refusal)
        except PermissionDenied:
            reason = "this browser did not ask for the answer, or has used it"
        log.warning("SAML log-in refused: %s", reason)
        return render_authentication_error(request, provider)

    return answer


login = require_GET(_refusing(saml.login))
finish = require_GET(_refusing(saml.finish_acs))


@csrf_exempt  # the answer is posted by the university's page, without our cookies
@require_POST
@_refusing
def receive(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Keep the answer, and send the browser on to where its session is known."""
    if len(request.body) > MAX_ANSWER_BYTES:
        raise SamlRefusal(f"{len(request.body)} bytes are no answer")
    try:
        OneLogin_Saml2_XML.to_etree(base64.b64decode(request.POST.get("SAMLResponse", "")))
    except (ValueError, XMLSyntaxError) as error:
        raise SamlRefusal(f"what was posted is no XML: {error}") from error
    return saml.acs(request, organization_slug=organization_slug)


@require_GET
@_refusing
def metadata(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Describe us to the university's administrators; single log-out, which we do not offer, is left out."""
    settings = get_app_or_404(request, organization_slug).settings
    config = build_saml_config(request, settings, organization_slug)
    del config["sp"]["singleLogoutService"]
    described = OneLogin_Saml2_Settings(config, sp_validation_only=True).get_sp_metadata()
    return HttpResponse(described, content_type="application/xml")


def single_logout(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """There is none: allauth asks for the address only."""
    raise Http404
