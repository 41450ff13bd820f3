"""Cells as people mean them: what spreadsheets, web pages and exports put around a value is taken away.

Invisible characters, odd spaces, Excel's `="0012"` and apostrophes, `mailto:` and profile addresses go; letters are composed
(NFC). Never guessed is a number that a spreadsheet has rounded: that is a Blemish, for its line.
"""

import re
import unicodedata

from django.utils.translation import gettext

CELL_CHARACTERS = 10_000
ESCAPED = tuple("=+-@＝＋－＠\t\r\n")  # before these an export puts an apostrophe; it is taken away again
NOTHING = {
    "",
    "-",
    "–",
    "—",
    "n/a",
    "#n/a",
    "na",
    "none",
    "null",
    "nil",
    "(none)",
    "(null)",
    "k. a.",
    "#value!",
    "#ref!",
}
JOINERS = "\u200c\u200d"  # between letters of some scripts they are spelling
#: Not seen, and no part of a value: soft hyphen, zero-width space, direction marks, byte order mark and their like.
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_FORMULA = re.compile(r'="((?:[^"]|"")*)"\s*')
_ROUNDED = re.compile(r"[+-]?\d(?:[.,]\d+)?E\+?\d{1,3}", re.IGNORECASE)
_CERTAINLY_ROUNDED = re.compile(r"\d[.,]\d+E\+?\d{1,3}|\dE\+\d{1,3}", re.IGNORECASE)
_WHOLE = re.compile(r"(\d+)\.0")
_ADDRESS = re.compile(r"[^\s,;<>()\[\]\"]+@[^\s,;<>()\[\]\"]+")
_PROFILE = re.compile(r"(?:https?://)?(?:www\.)?github\.com/([^/?#\s]+)/?(?:[?#].*)?", re.IGNORECASE)


class Blemish(ValueError):
    """A cell whose value is lost; its text is a sentence."""


def clean(text: str) -> str:
    """Return a cell without what is not seen, its spaces single, its letters composed."""
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    if formula := _FORMULA.fullmatch(text.strip()):
        text = formula[1].replace('""', '"')
    text = "".join(" " if unicodedata.category(letter) in ("Cc", "Zs", "Zl", "Zp") else letter for letter in text)
    text = " ".join(text.split()).strip(JOINERS).strip()
    return text[1:] if text.startswith("'") and text[1:].lstrip().startswith(ESCAPED) else text


def clean_name(text: str) -> str:
    """Return a name. Raises Blemish if letters of it were lost."""
    name = clean(text)
    if "\ufffd" in name:
        raise Blemish(
            gettext("Letters of {name} were lost when the file was made; export it again as UTF-8.").format(name=name)
        )
    return "" if name.casefold() in NOTHING - {"na", "none", "nil"} else name  # Na and Nil are people


def clean_key(text: str) -> str:
    """Return a number, login or identifier. Raises Blemish if a spreadsheet rounded it."""
    value = unicodedata.normalize("NFKC", clean(text))
    for joiner in JOINERS:
        value = value.replace(joiner, "")
    value = value.strip().removeprefix("'").strip()
    if value.casefold() in NOTHING:
        return ""
    if _CERTAINLY_ROUNDED.fullmatch(value):
        raise Blemish(
            gettext(
                "A spreadsheet has rounded this number to {value}: format the column as text and export it again."
            ).format(value=value)
        )
    whole = _WHOLE.fullmatch(value)
    return whole[1] if whole else value


def clean_number(text: str) -> str:
    """Return digits only. Raises Blemish for anything else."""
    value = clean_key(text)
    if value and (_ROUNDED.fullmatch(value) or not (value.isascii() and value.isdecimal())):
        raise Blemish(gettext("{value} is no number.").format(value=value))
    return value.lstrip("0") or value[:1]


def clean_github_login(text: str) -> str:
    """Return a login, without the @ or the address that people put before it."""
    value = clean_key(text)
    profile = _PROFILE.fullmatch(value)
    return profile[1] if profile else value.removeprefix("@")


def clean_emails(text: str) -> list[str]:
    """Return the addresses of a cell, each once. Raises Blemish if there is text, but no address."""
    value = unicodedata.normalize("NFKC", clean(text))
    for joiner in JOINERS:
        value = value.replace(joiner, "")
    value = re.sub(r"mailto:", "", value, flags=re.IGNORECASE)
    if value.strip().casefold() in NOTHING:
        return []
    found = {each.strip(".'").casefold(): each.strip(".'") for each in _ADDRESS.findall(value)}
    rest = _ADDRESS.sub("", value)
    if not found or "@" in rest:
        raise Blemish(gettext("{value} is no e-mail address.").format(value=value))
    return list(found.values())


def name_key(name: str) -> str:
    """Return what two spellings of one name share: letter case, composition and the order round a comma do not count."""
    for joiner in JOINERS:
        name = name.replace(joiner, "")
    last, comma, first = name.partition(",")
    ordered = f"{first} {last}" if comma else name
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", ordered).casefold())
    return " ".join(folded.split())


def share_a_word(one: str, other: str) -> bool:
    """Say whether two names have a word in common, so that they may be one person's."""
    words = [{word for word in re.split(r"[\s,.'’-]+", name_key(name)) if len(word) > 1} for name in (one, other)]
    return bool(words[0] & words[1]) or not (words[0] and words[1])


def without_zeros(number: str) -> str:
    """Return a number as a spreadsheet shows it that took its leading zeros; empty if it is none."""
    return number.lstrip("0") if number.isascii() and number.isdecimal() else ""
