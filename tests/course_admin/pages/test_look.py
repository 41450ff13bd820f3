"""The style sheet: its colours can be told apart, light and dark; every class that our templates use has a style or a reason."""

import gzip
import re
from pathlib import Path

import pytest

from course_admin.settings.env import ROOT

STATIC = ROOT / "course_admin" / "static" / "assay"
CSS = (STATIC / "assay.css").read_text()
RARE = {"fonts/sans-ext.woff2", "fonts/sans-vi.woff2"}  # loaded by the pages alone that have one of their letters
FONTS = {"fonts/sans.woff2", "fonts/mono.woff2", *RARE}
#: Text on its ground: 4.5 to 1. What one operates, and its ground: 3 to 1. Source: WCAG 2.2, 1.4.3 and 1.4.11.
TEXT = [
    *[(ink, ground) for ink in ("ink", "muted", "accent") for ground in ("page", "surface", "sunken")],
    ("good", "good-soft"),
    ("bad", "bad-soft"),
    ("warn", "warn-soft"),
    ("accent", "accent-soft"),
    ("ink", "accent-soft"),
    ("ink", "bad-soft"),
    ("bad", "surface"),
    ("on-accent", "accent"),
    *[(ink, "sunken") for ink in ("good", "warn")],  # kinds of code, and on the line that an address names
    *[(ink, "warn-soft") for ink in ("ink", "muted", "accent", "good")],
]
EDGES = [
    ("edge", "page"),
    ("edge", "surface"),
    ("accent", "sunken"),
    ("bad", "surface"),
    ("good", "surface"),
    ("warn", "surface"),
]


def tokens(scheme: str) -> dict[str, str]:
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light))
    return found | dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", dark)) if scheme == "dark" else found


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_told_apart(scheme):
    found = tokens(scheme)
    low = [(pair, 4.5) for pair in TEXT if contrast(found[pair[0]], found[pair[1]]) < 4.5]
    low += [(pair, 3) for pair in EDGES if contrast(found[pair[0]], found[pair[1]]) < 3]
    assert low == []


def test_nothing_is_loaded_from_elsewhere_and_targets_are_large_enough():
    assert set(re.findall(r"url\(([^)]*)\)", CSS)) == {f'"{font}"' for font in FONTS}
    assert all((STATIC / font).read_bytes()[:4] == b"wOF2" for font in FONTS)
    assert "@import" not in CSS
    assert "--target: 44px" in CSS


@pytest.mark.parametrize(("letter", "font"), [("ř", "sans-ext"), ("ễ", "sans-vi"), ("ẞ", "sans-ext"), ("e", "sans")])
def test_each_letter_is_in_the_font_that_holds_it(letter, font):
    faces = re.findall(r'Assay Sans".*?fonts/([a-z-]+)\.woff2.*?(?:unicode-range: ([^;]*))?; }', CSS, re.DOTALL)
    spans = {name: re.findall(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", ranges) for name, ranges in faces}
    holders = [
        name
        for name, found in spans.items()
        if any(int(first, 16) <= ord(letter) <= int(last or first, 16) for first, last in found)
    ]
    assert (holders or ["sans"]) == [font]


def test_what_every_page_loads_is_light():
    script = (STATIC / "page.js").read_bytes()
    fonts = [(STATIC / font).stat().st_size for font in FONTS - RARE]
    assert len(gzip.compress(CSS.encode())) + len(gzip.compress(script)) + sum(fonts) < 60_000


def test_every_class_of_a_component_has_a_style():
    styled = set(re.findall(r"\.([a-z][a-z_-]*)", CSS))
    unstyled = {"message", "output", "failed"}  # names for whoever looks for them: tests, and people's own style sheets
    folder = ROOT / "course_admin" / "templates"
    missing = {
        (path.name, name)
        for place in ("components", "student", "submissions", "identity", "mfa")
        for path in sorted(Path(folder / place).rglob("*.html"))
        for value in re.findall(r'class="([^"]*)"', path.read_text())
        for name in re.sub(r"\{[%{].*?[%}]\}", " ", value).split()
        if name not in styled | unstyled
    }
    assert missing == set()


def test_each_script_keeps_its_names_to_itself():
    """Scripts of one page share one scope: a name that two of them declare stops the second as a whole."""
    for script in STATIC.glob("*.js"):
        body = script.read_text(encoding="utf-8").partition('"use strict";\n')[2]
        assert (body[:2], body[-2:]) == ("{\n", "}\n"), script.name
        assert all(line == "" or line.startswith("  ") for line in body.splitlines()[1:-1]), script.name


def test_a_table_of_more_than_three_columns_is_cards_on_a_telephone():
    folder = ROOT / "course_admin" / "templates"
    wide = {
        path.name
        for path in folder.rglob("*.html")
        if path.parent.name != "admin"
        for table in re.findall(
            r'<table(?![^>]*class="(?:[^"]* )?(?:cards|grid|month)\b).*?</table>', path.read_text(), re.DOTALL
        )
        if table.count('scope="col"') > 3
    }
    assert wide == set()
