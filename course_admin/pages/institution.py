"""Whose service this is: a name and a logo, by one setting, on every page.

The logo is a file of the operator's that this service serves itself, since no page of ours loads anything from elsewhere.
"""

from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

DEFAULT_NAME = "Assay"
LOGO_BYTES = 100_000
KINDS = {".svg": "image/svg+xml", ".png": "image/png"}


@dataclass(frozen=True, slots=True)
class Logo:
    """An image, read once at start."""

    data: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Institution:
    """What stands at the top left of every page."""

    name: str = DEFAULT_NAME
    logo: Logo | None = None


def institution(setting: str) -> Institution:
    """Return what `NAME` or `NAME; FILE` says. Raises ImproperlyConfigured for a logo that cannot be shown."""
    name, _, file = (part.strip() for part in setting.partition(";"))
    return Institution(name or DEFAULT_NAME, _logo(Path(file)) if file else None)


def _logo(path: Path) -> Logo:
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise ImproperlyConfigured(f"ASSAY_INSTITUTION: the logo must be an .svg or .png file; it is {path}.")
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise ImproperlyConfigured(
            f"ASSAY_INSTITUTION: the logo {path} cannot be read: {problem.strerror}."
        ) from problem
    if len(data) > LOGO_BYTES:
        raise ImproperlyConfigured(
            f"ASSAY_INSTITUTION: the logo {path} has {len(data)} bytes, and is on every page: {LOGO_BYTES} at most."
        )
    return Logo(data, kind)
