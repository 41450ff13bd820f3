"""A SAML identity provider for tests: a key of its own, and answers that it signs, right or wrong in one respect."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from onelogin.saml2.constants import OneLogin_Saml2_Constants
from onelogin.saml2.utils import OneLogin_Saml2_Utils

ENTITY_ID = "https://login.example.edu/saml"
SSO_URL = "https://login.example.edu/sso"
HOST = "grade.example.edu"
ACS_URL = f"http://{HOST}/accounts/saml/university/acs/"
US = f"http://{HOST}/accounts/saml/university/metadata/"
UID, EMAIL, NAME = (
    "urn:oasis:names:tc:SAML:attribute:subject-id",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "urn:oid:2.16.840.1.113730.3.1.241",
)


@cache
def key_pair(owner: str) -> tuple[str, str]:
    """Return a private key and its certificate, both PEM, the same ones for the same owner."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, owner)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the university says of one person; each field but the first is right unless a test says otherwise."""

    request_id: str
    attributes: dict[str, str] = field(
        default_factory=lambda: {UID: "u-1@example.edu", EMAIL: "mira-okafor@example.edu", NAME: "Mira Okafor"}
    )
    signer: str = "university"
    algorithm: str = OneLogin_Saml2_Constants.RSA_SHA256
    digest: str = OneLogin_Saml2_Constants.SHA256
    is_signed: bool = True
    is_signed_around: bool = False  # the whole answer, too
    issuer: str = ENTITY_ID
    audience: str = US
    recipient: str = ACS_URL
    destination: str = ACS_URL
    until_minutes: int = 5  # from now
    confirms: str | None = None  # the request that the signed part answers; None is the whole answer's

    def assertion(self) -> str:
        """Return the signed part."""
        now = datetime.now(UTC).replace(microsecond=0)
        start, end = _moment(now - timedelta(minutes=60)), _moment(now + timedelta(minutes=self.until_minutes))
        confirms = self.request_id if self.confirms is None else self.confirms
        audience = f"<saml:Audience>{self.audience}</saml:Audience>"
        confirmation = {"InResponseTo": confirms, "Recipient": self.recipient, "NotOnOrAfter": end}
        text = f"""<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 ID="_assertion" Version="2.0" IssueInstant="{_moment(now)}"><saml:Issuer>{self.issuer}</saml:Issuer>
<saml:Subject><saml:NameID>another at each log-in</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
<saml:SubjectConfirmationData {_written(confirmation)}/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{start}" NotOnOrAfter="{end}">
{f"<saml:AudienceRestriction>{audience}</saml:AudienceRestriction>" if self.audience else ""}</saml:Conditions>
<saml:AuthnStatement AuthnInstant="{start}"><saml:AuthnContext>
<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>
</saml:AuthnContext></saml:AuthnStatement>
<saml:AttributeStatement>{"".join(map(_attribute, self.attributes.items()))}</saml:AttributeStatement>
</saml:Assertion>"""
        return self._sign(text) if self.is_signed else text

    def text(self) -> str:
        """Return the whole answer."""
        surrounding = {"InResponseTo": self.request_id, "Destination": self.destination}
        text = f"""<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_answer" Version="2.0"
 IssueInstant="{_moment(datetime.now(UTC))}" {_written(surrounding)}>
<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{self.issuer}</saml:Issuer><samlp:Status>
<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>{self.assertion()}</samlp:Response>"""
        return self._sign(text) if self.is_signed_around else text

    def _sign(self, text: str) -> str:
        key, certificate = key_pair(self.signer)
        algorithms = {"sign_algorithm": self.algorithm, "digest_algorithm": self.digest}
        return OneLogin_Saml2_Utils.add_sign(text, key, certificate, **algorithms).decode()


def environment() -> dict[str, str]:
    """Return the environment of a service that lets people of this university in."""
    return {
        "ASSAY_SAML_ENTITY_ID": ENTITY_ID,
        "ASSAY_SAML_SSO_URL": SSO_URL,
        "ASSAY_SAML_CERTIFICATE": _bare(key_pair("university")[1]),
        "ASSAY_SAML_NAME": "Example University",
        "ASSAY_SAML_EMAIL_DOMAINS": "cs.example.edu, @example.edu",
    }


def posted(text: str) -> dict[str, str]:
    """Return the form that the university's page posts."""
    return {"SAMLResponse": base64.b64encode(text.encode()).decode(), "RelayState": ""}


def metadata() -> str:
    """Return what the university publishes about its identity provider."""
    certificate = _bare(key_pair("university")[1])
    return f"""<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{ENTITY_ID}">
<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing">
<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate>
</ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService
 Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{SSO_URL}"/></md:IDPSSODescriptor></md:EntityDescriptor>"""


def _bare(certificate: str) -> str:
    return "".join(certificate.strip().splitlines()[1:-1])


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _written(attributes: dict[str, str]) -> str:
    return " ".join(f'{name}="{value}"' for name, value in attributes.items() if value)


def _attribute(item: tuple[str, str]) -> str:
    value = f'<saml:AttributeValue xsi:type="xs:string">{item[1]}</saml:AttributeValue>'
    return f'<saml:Attribute Name="{item[0]}">{value}</saml:Attribute>'
