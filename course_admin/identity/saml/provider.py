"""What is believed of a SAML answer: allauth's provider, with what it and python3-saml leave open closed.

When an answer comes here, python3-saml has verified the signature over its only assertion, issuer, times, and audience and
recipient where they are named. Here they must be named, and the assertion itself must answer a request: what surrounds
it is not signed. allauth then takes each request of a browser's once.
"""

from typing import Any

from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from allauth.socialaccount.providers.saml.utils import fetch_metadata_url_config
from django.http import HttpRequest
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

NAMES = OneLogin_Saml2_Constants.NSMAP


class SamlRefusal(Exception):
    """An answer that is not believed, or a provider that cannot be asked; the log says why, the person reads less."""


def require_binding(answer: OneLogin_Saml2_Auth) -> None:
    """Raise SamlRefusal unless the signed assertion is for us, and for the request that the whole answer names.

    Source: OASIS, "Profiles for SAML 2.0", 4.1.4.2 and 4.1.4.3.
    """
    us = answer.get_settings().get_sp_data()
    request_id = answer.get_last_response_in_response_to()
    assertion = OneLogin_Saml2_XML.to_etree(answer.get_last_response_xml()).find("saml:Assertion", NAMES)
    audiences = assertion.findall("saml:Conditions/saml:AudienceRestriction/saml:Audience", NAMES)
    if us["entityId"] not in [audience.text for audience in audiences]:
        raise SamlRefusal("the assertion names no audience")
    confirmations = assertion.findall("saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData", NAMES)
    for each in confirmations:
        if not request_id or each.get("InResponseTo") != request_id:
            raise SamlRefusal("the assertion answers no request of ours")
        if each.get("Recipient") != us["assertionConsumerService"]["url"] or not each.get("NotOnOrAfter"):
            raise SamlRefusal("the assertion names no recipient, or no time when it ends")


class StrictProvider(SAMLProvider):
    """A university's identity provider."""

    def require_metadata(self) -> None:
        """Raise SamlRefusal if the provider's metadata cannot be had; what was read is kept for four hours."""
        source = self.app.settings["idp"]
        if "metadata_url" not in source:
            return
        try:
            found = fetch_metadata_url_config(source)
        except Exception as error:  # python3-saml raises Exception itself, urllib and lxml their own
            raise SamlRefusal(f"its metadata cannot be read: {error}") from error
        if "idp" not in found:
            raise SamlRefusal("its metadata does not name ASSAY_SAML_ENTITY_ID")

    def sociallogin_from_response(self, request: HttpRequest, response: OneLogin_Saml2_Auth) -> SocialLogin:
        """Return who logs in. Raises SamlRefusal."""
        require_binding(response)
        return super().sociallogin_from_response(request, response)

    def extract_uid(self, data: OneLogin_Saml2_Auth) -> str:
        """Return the attribute that tells people apart; never the NameID, which may be another at each log-in."""
        name = self.app.settings["attribute_mapping"]["uid"]
        found = data.get_attribute(name) or []
        if len(found) != 1 or not found[0]:
            raise SamlRefusal(f"the assertion has {len(found)} values of the attribute {name}; it needs one")
        return found[0]

    def extract_extra_data(self, data: OneLogin_Saml2_Auth) -> dict[str, Any]:
        """Return name and address: of what else a university says nothing is kept."""
        return self.extract_common_fields(data)
