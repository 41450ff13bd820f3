"""SAML's settings: what cannot be used is refused at start by name, and without them nothing of SAML is there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from course_admin.settings import env
from tests.course_admin.identity.saml_university import ENTITY_ID, environment

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"ASSAY_SAML_ENTITY_ID": "university"}, "ASSAY_SAML_ENTITY_ID must be a URI"),
        ({"ASSAY_SAML_CERTIFICATE": ""}, "ASSAY_SAML_METADATA_URL, or ASSAY_SAML_SSO_URL"),
        ({"ASSAY_SAML_METADATA_URL": "https://login.example.edu/m"}, "either ASSAY_SAML_METADATA_URL"),
        ({"ASSAY_SAML_SSO_URL": "http://login.example.edu/sso"}, "ASSAY_SAML_SSO_URL must begin with https://"),
        ({"ASSAY_SAML_CERTIFICATE": "AAAA"}, "ASSAY_SAML_CERTIFICATE must be one X.509 certificate"),
        ({"ASSAY_SAML_EMAIL_DOMAINS": ""}, "ASSAY_SAML_EMAIL_DOMAINS must name the domains"),
    ],
)
def test_what_cannot_be_used_is_refused_at_start_by_name(monkeypatch, changes, named):
    for name, value in {**environment(), **changes}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=re.escape(named)):
        env.saml_apps()


def start(tmp_path, script: str, **environ: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "ASSAY_VAR": str(tmp_path / "var"), **environ}
    script = f"import django; django.setup()\nfrom django.urls import reverse\n{script}"
    environ["DJANGO_SETTINGS_MODULE"] = "course_admin.settings.dev"
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


CONFIGURED = {
    "ASSAY_SAML_ENTITY_ID": ENTITY_ID,
    "ASSAY_SAML_METADATA_URL": "https://login.example.edu/idp.xml",
    "ASSAY_SAML_EMAIL_DOMAINS": "example.edu",
}


@pytest.mark.slow
def test_a_configured_start_has_the_strict_provider_at_its_address(tmp_path):
    script = """
from allauth.socialaccount.providers import registry
print(reverse("saml_acs", args=["university"]), [each.__name__ for each in registry.get_class_list()])"""
    done = start(tmp_path, script, **CONFIGURED)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("/accounts/saml/university/acs/")
    assert "StrictProvider" in done.stdout


@pytest.mark.slow
def test_without_configuration_nothing_of_saml_is_loaded_or_reachable(tmp_path, db):
    script = "import sys; reverse('login'); print([name for name in sys.modules if 'saml' in name or 'xmlsec' in name])"
    done = start(tmp_path, script)
    assert done.stdout.strip() == "['course_admin.settings.saml']", done.stderr
    for page in ("login/", "acs/", "acs/finish/", "metadata/", "sls/"):
        assert Client().get(f"/accounts/saml/university/{page}").status_code == 404


@pytest.mark.slow
def test_configured_without_its_packages_is_one_sentence(tmp_path):
    (tmp_path / "onelogin").mkdir()
    (tmp_path / "onelogin" / "__init__.py").write_text("raise ImportError('No module named onelogin')")
    done = start(tmp_path, "", PYTHONPATH=str(tmp_path), **CONFIGURED)
    assert done.returncode != 0
    said = done.stderr.strip().splitlines()[-1]
    assert "ASSAY_SAML_ENTITY_ID is set, but the packages of SAML cannot be loaded" in said
    assert 'install them with pip install -c tests/requirements.txt "django-allauth[saml]"' in said
    assert start(tmp_path, "", PYTHONPATH=str(tmp_path)).returncode == 0
