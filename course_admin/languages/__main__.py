"""`python -m course_admin.languages compile | update | add LANGUAGE`: keeps the catalogues of translations."""

import sys

from babel.messages.catalog import Catalog

from course_admin.languages import catalogues, folders

USAGE = "usage: python -m course_admin.languages compile | update | add LANGUAGE"


def main(words: list[str]) -> int:
    """Do what the words say; 0 if it was done."""
    match words:
        case ["compile"]:
            catalogues.compile_all()
        case ["update"]:
            _update()
        case ["add", language] if language.replace("_", "").isalnum():
            catalogues.write(catalogues.catalogue_of(folders.ROOT / "locale", language), Catalog())
            _update()
        case _:
            sys.stderr.write(f"{USAGE}\n")
            return 2
    return 0


def _update() -> None:
    from course_admin.languages.extraction import update  # it needs Django, and compiling does not

    for path, count in update().items():
        if count:
            sys.stdout.write(f"{path.relative_to(folders.ROOT.parent)}: {count} without a translation\n")
    catalogues.compile_all()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
