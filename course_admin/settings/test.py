"""Settings of the test suite: no server, no network, cheap passwords, nothing written below var/."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from course_admin.settings.base import *  # noqa: F403
from course_admin.settings.base import DATABASES

# A folder for each test process: several runs on one machine do not meet.
_scratch = Path(tempfile.mkdtemp(prefix="assay-tests-"))
_maker = os.getpid()


@atexit.register
def _sweep() -> None:
    if os.getpid() == _maker:
        shutil.rmtree(_scratch, ignore_errors=True)


DEBUG = False
SECRET_KEY = "for tests only, and long enough to pass the check of production"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if DATABASES["default"]["ENGINE"].endswith("sqlite"):
    # A file, as in use: threads that share a database in memory meet other locks than processes do.
    DATABASES["default"]["TEST"] = {"NAME": str(_scratch / "test.sqlite3")}
else:
    DATABASES["default"]["TEST"] = {"NAME": f"assay_test_{_maker}"}
ASSAY_DATABASE_CLOCK = False
ASSAY_BROKER_URL = "memory://"
ASSAY_ARCHIVES = _scratch / "archives"
ASSAY_FORGES = {name: {"url": "", "secrets": [], "token": ""} for name in ("gitea", "gitlab")}
ASSAY_WEBHOOK_SECRETS = ["the current secret", "the previous secret"]
STATIC_ROOT = _scratch / "static"
WHITENOISE_AUTOREFRESH = True
