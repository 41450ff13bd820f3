"""What each document that is made from the code should say: the map of all modules, and the data model."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db.models import Field, ForeignKey, ManyToManyField, Model

ROOT = Path(__file__).resolve().parents[2]
MAP_HEADING = "## Every module\n"
LEFT_OUT = {"migrations", "__pycache__", "templates", "static"}
SUBMISSIONS_OF_THE_DEMO = Path("course_admin/demo/submissions")


def architecture() -> str:
    """Return docs/architecture.md with the map of all modules as the code has it now."""
    written = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return written.partition(MAP_HEADING)[0] + MAP_HEADING + "\n" + "\n".join(_module_map()) + "\n"


def _module_map() -> Iterator[str]:
    yield "Made from the first sentence of each file by `python -m tests.documents`."
    for package in ("grader", "course_admin", "reference_impl"):
        folders = {path.parent for path in (ROOT / package).rglob("*.py")}
        for folder in sorted(folders):
            place = folder.relative_to(ROOT)
            if LEFT_OUT & set(place.parts) or place == SUBMISSIONS_OF_THE_DEMO:
                continue
            modules = [path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"]
            if modules:
                yield from _folder(place, modules)


def _folder(place: Path, modules: list[Path]) -> Iterator[str]:
    yield f"\n### `{place}/`\n"
    start = ROOT / place / "__init__.py"
    if start.exists() and (sentence := _first_sentence(start)):
        yield f"{sentence}.\n"
    yield "| module | what lives there |"
    yield "| --- | --- |"
    yield from (f"| `{path.name}` | {_first_sentence(path)} |" for path in modules)


def _first_sentence(path: Path) -> str:
    """Return what a file's docstring says first, without the side that it names."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    paragraph = " ".join(text.partition("\n\n")[0].split())
    return re.sub(r"\s*Side: .*$", "", paragraph).rstrip(".").replace("|", "\\|")


def data_model() -> str:
    """Return docs/data-model.md: each table with its fields, what they point to, and its constraints."""
    lines = [
        "# The data model",
        "",
        "Made from the models by `python -m tests.documents`. Arrows are foreign keys; constraints are the database's own.",
    ]
    for config in sorted(apps.get_app_configs(), key=lambda each: each.label):
        models = [model for model in config.get_models() if config.name.startswith("course_admin")]
        if models:
            lines += ["", f"## {config.label}"]
        for model in sorted(models, key=lambda each: each.__name__):
            lines += _table(model)
    return "\n".join(lines) + "\n"


def _table(model: type[Model]) -> Iterator[str]:
    sentence = " ".join((model.__doc__ or "").partition("\n\n")[0].split())
    yield ""
    yield f"### {model.__name__}"
    yield ""
    yield sentence
    yield ""
    yield "| field | kind |"
    yield "| --- | --- |"
    for field in [*model._meta.fields, *model._meta.many_to_many]:
        yield f"| `{field.name}` | {_kind(field)} |"
    names = sorted(constraint.name.replace("_", " ") for constraint in model._meta.constraints)
    if names:
        yield ""
        yield "Always: " + "; ".join(names) + "."


def _kind(field: "Field[Any, Any]") -> str:
    empty = ", may be missing" if field.null else ""
    if isinstance(field, ManyToManyField):
        return f"several -> {field.related_model.__name__}"
    if isinstance(field, ForeignKey):
        return f"-> {field.related_model.__name__}{empty}"
    choices = f": {', '.join(str(value) for value, _ in field.choices)}" if field.choices else ""
    return f"{field.get_internal_type().removesuffix('Field').lower()}{choices}{empty}"


DOCUMENTS: dict[Path, Callable[[], str]] = {
    ROOT / "docs" / "architecture.md": architecture,
    ROOT / "docs" / "data-model.md": data_model,
}
