"""Where repositories are: the address that they are cloned from, and their page; of each kind of host an installation has one."""

from urllib.parse import urlsplit

from django.conf import settings

from course_admin.submissions.models import Forge


def clone_pattern(forge: str) -> str:
    """Return what a forge's repositories are cloned from, with {full_name} in it; empty if there is no such forge here."""
    if forge == Forge.ADDRESS:
        return "{full_name}"
    if forge == Forge.GITHUB:
        return str(settings.ASSAY_CLONE_URL)
    address = settings.ASSAY_FORGES.get(forge, {}).get("url", "")
    return f"{address}/{{full_name}}.git" if address else ""


def clone_address(full_name: str, forge: str) -> str:
    """Return where a repository is cloned from."""
    return clone_pattern(forge).format(full_name=full_name)


def page_address(full_name: str, forge: str = Forge.GITHUB) -> str:
    """Return the page of a repository; empty if it has none, as one in a folder."""
    if forge == Forge.ADDRESS:
        return full_name
    parts = urlsplit(clone_pattern(forge))
    return f"{parts.scheme}://{parts.netloc}/{full_name}" if parts.scheme in ("http", "https") else ""


def usual_forge() -> str:
    """Return where students push whose repository is not known yet: GitHub, unless only another forge is set up."""
    others = [forge for forge, told in settings.ASSAY_FORGES.items() if told["url"]]
    return others[0] if others and not settings.ASSAY_WEBHOOK_SECRETS else Forge.GITHUB
