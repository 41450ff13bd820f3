"""pylti1p3next as a second opinion: whether another library believes a launch, and what it would send and read in our place."""

from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from django.test import RequestFactory
from pylti1p3.assignments_grades import AssignmentsGradesService
from pylti1p3.contrib.django import DjangoMessageLaunch
from pylti1p3.exception import LtiException
from pylti1p3.names_roles import NamesRolesProvisioningService
from pylti1p3.registration import Registration
from pylti1p3.service_connector import ServiceConnector
from pylti1p3.tool_config import ToolConfDict

from course_admin.identity.guards.sealed import unseal
from course_admin.integrations.lti.keys import PURPOSE
from course_admin.integrations.lti.models import ToolKey
from tests.course_admin.integrations.lti.fake_platform import CLIENT_ID, DEPLOYMENT, FakePlatform, public


def believed_by_another(platform: FakePlatform, token: str, nonce: str) -> dict[str, Any]:
    """Return what pylti1p3next reads in a launch that it believes. Raises LtiException."""
    request = RequestFactory().post("/", {"id_token": token, "state": "s"})
    request.COOKIES["lti1p3-s"] = "s"
    request.session = {f"lti1p3-nonce-{nonce}": True}  # type: ignore[assignment]
    told = {
        **{"default": True, "client_id": CLIENT_ID, "deployment_ids": [DEPLOYMENT, "dep-2"]},
        **{"auth_login_url": f"{platform.address}/auth", "auth_token_url": f"{platform.address}/token"},
        "key_set": {"keys": [public(name) for name in platform.keys]},
    }
    launch = DjangoMessageLaunch(request, ToolConfDict({platform.address: [told]}))
    return dict(launch.get_launch_data())


class Registered(Registration):
    """What pylti1p3next knows of a platform that we are registered at: our own key pair, under the name that we published."""

    def __init__(self, platform: FakePlatform) -> None:
        key = ToolKey.objects.get(ended_at__isnull=True)
        pem = unseal(key.sealed, PURPOSE)
        public_pem = load_pem_private_key(pem.encode(), password=None).public_key()
        self._name = key.kid
        self.set_issuer(platform.address).set_client_id(CLIENT_ID)
        self.set_auth_token_url(f"{platform.address}/token")
        self.set_tool_private_key(pem)
        self.set_tool_public_key(public_pem.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())

    def get_kid(self) -> str:
        """Return the name of our key: pylti1p3next would make one of its own."""
        return self._name


class _Connector(ServiceConnector):
    """Its requests, with a new token for each."""

    def _get_cached_access_token(self, scope_key: str) -> None:
        return None

    def _cache_access_token(self, scope_key: str, access_token: str, expires_in: float) -> None:
        return None


def grades_of_another(platform: FakePlatform, number: int) -> AssignmentsGradesService:
    """Return how pylti1p3next reads and writes the grades of a line item."""
    (offered,) = platform.for_grades(number).values()
    return AssignmentsGradesService(_Connector(Registered(platform)), offered)


def members_of_another(platform: FakePlatform) -> list[dict[str, Any]]:
    """Return whom pylti1p3next finds in a platform's course."""
    place = {"context_memberships_url": f"{platform.address}/members?c=77"}
    return list(NamesRolesProvisioningService(_Connector(Registered(platform)), place).get_members())


__all__ = ["LtiException", "believed_by_another", "grades_of_another", "members_of_another"]
