"""Which folder holds the translations of which source.

A source belongs to the nearest folder above it that holds a folder `locale`; a template in `templates/NAME/` belongs to that
of the package NAME.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"


def locale_folders() -> list[Path]:
    """Return every folder of translations, the one of the most general sources last."""
    return sorted(ROOT.rglob("locale"), key=lambda folder: (-len(folder.parts), folder))


def locale_of(source: Path) -> Path:
    """Return the folder of translations that a source file belongs to."""
    place = _package_of(source.relative_to(TEMPLATES)) if source.is_relative_to(TEMPLATES) else source.parent
    while not (place / "locale").is_dir() and place != ROOT:
        place = place.parent
    return place / "locale"


def _package_of(template: Path) -> Path:
    """Return the package that has a template's folder for its name; the project's own for pages of no package."""
    name = template.parts[0]
    for found in (ROOT / name, ROOT / "integrations" / name):
        if len(template.parts) > 1 and (found / "__init__.py").is_file():
            return found
    return ROOT
