"""Which settings a process has when nobody says so, and the one file of environment that all of an installation's processes read.

Production is the default of the web server and of Celery: what is forgotten makes them refuse to start, and never serve
with error pages that show secrets. `manage.py` has production's settings where there is such a file, else those of
development, and says so.
"""

import os
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

DEFAULT_FILE = Path("/etc/assay/environment")
PRODUCTION, DEVELOPMENT = "course_admin.settings.production", "course_admin.settings.dev"
NOTICE = (
    "Settings of development (course_admin.settings.dev): for this machine only, with a database of its own. An "
    "installation's are those of the file /etc/assay/environment, or of the one that ASSAY_ENV_FILE names.\n"
)
_VARIABLE = "DJANGO_SETTINGS_MODULE"


def choose_settings(*, by_hand: bool = False) -> None:
    """Name the settings, unless the environment does, and read production's file of environment; by_hand: for manage.py.

    Other settings than production's never read that file: no test and no demonstration meets an installation's database.
    """
    file = environment_file()
    chosen = os.environ.setdefault(_VARIABLE, DEVELOPMENT if by_hand and file is None else PRODUCTION)
    if chosen == PRODUCTION and file is not None:
        for name, value in read_environment(file).items():
            os.environ.setdefault(name, value)
    if chosen == DEVELOPMENT and by_hand and "demo" not in sys.argv[1:2]:  # which has settings of its own, and says so
        sys.stderr.write(NOTICE)


def environment_file() -> Path | None:
    """Return the file of environment; None if there is none. Raises ImproperlyConfigured if one is named and is not there."""
    named = os.environ.setdefault("ASSAY_ENV_FILE", "")
    if not named:
        return DEFAULT_FILE if DEFAULT_FILE.is_file() else None
    if not Path(named).is_file():
        raise ImproperlyConfigured(f"ASSAY_ENV_FILE names {named}, which is no file that can be read.")
    return Path(named)


def read_environment(file: Path) -> dict[str, str]:
    """Return NAME=VALUE lines of a file, as systemd and docker read them: a value as it stands, quotes around all of it aside."""
    found = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise ImproperlyConfigured(f"Line {number} of {file} does not read NAME=VALUE.")
        quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
        found[name] = value[1:-1] if quoted else value
    return found
