"""pylti1p3next as a second opinion: whether another library believes a launch, and can read what we answer and publish."""

from typing import Any

from django.test import RequestFactory
from pylti1p3.contrib.django import DjangoMessageLaunch
from pylti1p3.exception import LtiException
from pylti1p3.tool_config import ToolConfDict

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


__all__ = ["LtiException", "believed_by_another"]
