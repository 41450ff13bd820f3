"""What SAML needs to be told, checked at start; `env` reads it.

SAML is an extra: it stands on python3-saml, xmlsec and lxml, two C libraries that must agree on libxml2.
"""

from urllib.parse import urlparse

from django.core.exceptions import ImproperlyConfigured

#: What python3-saml is to insist on. Our own requests are not signed: they hold nothing, and so we need no key.
STRICT = {
    "strict": True,
    "want_assertion_signed": True,
    "want_attribute_statement": True,
    "reject_deprecated_algorithm": True,  # SHA-1
    "reject_idp_initiated_sso": True,
    "metadata_valid_until": "",  # universities keep a copy of ours, which would be worth nothing after two days
    "metadata_cache_duration": "",
}


def require_package() -> None:
    """Raise ImproperlyConfigured unless SAML's packages can be loaded."""
    try:
        import onelogin.saml2.auth  # noqa: F401
    except Exception as error:  # a package that is missing, or xmlsec's own fault where its libxml2 is not lxml's
        raise ImproperlyConfigured(
            f"ASSAY_SAML_ENTITY_ID is set, but the packages of SAML cannot be loaded ({error}): install them with "
            'pip install -c tests/requirements.txt "django-allauth[saml]", or unset it.'
        ) from error


def identity_provider(*, entity_id: str, metadata_url: str, sso_url: str, certificate: str) -> dict:
    """Return whose answers are believed. Raises ImproperlyConfigured for what cannot be used."""
    if not urlparse(entity_id).scheme or len(entity_id) > 200:
        raise ImproperlyConfigured("ASSAY_SAML_ENTITY_ID must be a URI of at most 200 characters.")
    if bool(metadata_url) == bool(sso_url and certificate):
        raise ImproperlyConfigured(
            "SAML needs either ASSAY_SAML_METADATA_URL, or ASSAY_SAML_SSO_URL and ASSAY_SAML_CERTIFICATE."
        )
    for name, url in (("ASSAY_SAML_METADATA_URL", metadata_url), ("ASSAY_SAML_SSO_URL", sso_url)):
        if url and not url.startswith("https://"):
            raise ImproperlyConfigured(f"{name} must begin with https://.")
    if metadata_url:
        return {"entity_id": entity_id, "metadata_url": metadata_url}
    return {"entity_id": entity_id, "sso_url": sso_url, "x509cert": _readable(certificate)}


def _readable(certificate: str) -> str:
    from cryptography.x509 import load_pem_x509_certificate
    from onelogin.saml2.utils import OneLogin_Saml2_Utils

    try:
        load_pem_x509_certificate(OneLogin_Saml2_Utils.format_cert(certificate).encode())
    except ValueError as error:
        raise ImproperlyConfigured(
            "ASSAY_SAML_CERTIFICATE must be one X.509 certificate, PEM or its base64."
        ) from error
    return certificate


def app(*, name: str, provider: dict, attributes: dict[str, str], email_domains: list[str]) -> dict:
    """Return allauth's app. Raises ImproperlyConfigured if no address of anybody's would count."""
    domains = [domain.strip().removeprefix("@") for domain in email_domains]
    if not any(domains):
        raise ImproperlyConfigured(
            "ASSAY_SAML_EMAIL_DOMAINS must name the domains whose addresses the university gives itself: an answer of "
            "SAML says nowhere which addresses were verified, and rosters know people by theirs."
        )
    return {
        "provider_id": provider["entity_id"],  # whose uids these are; never OpenID Connect's
        "client_id": "university",
        "name": name,
        "settings": {
            "idp": provider,
            "attribute_mapping": attributes,
            "verified_email": domains,
            "advanced": STRICT,
        },
    }
