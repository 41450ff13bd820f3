"""Cells as people mean them: what spreadsheets, web pages and exports put around a value is taken away.

Invisible characters, odd spaces, Excel's `="0012"` and apostrophes, `mailto:` and profile addresses go; letters are composed
(NFC). Never guessed is a number that a spreadsheet has rounded: that is a Blemish, for its line.
"""

import re
import unicodedata
from collections.abc import Callable

from django.utils.translation import gettext

CELL_CHARACTERS = 10_000
ESCAPED = tuple("=+-@＝＋－＠\t\r\n")  # before these an export puts an apostrophe; it is taken away again
NOTHING = {
    "",
    ".",
    "-",
    "--",
    "---",
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
}
#: What a spreadsheet shows where it could not work a value out, in the languages in which it does: nothing was said there.
NOTHING |= {
    *("#value!", "#ref!", "#name?", "#div/0!", "#num!", "#null!", "#spill!", "#calc!", "#getting_data"),
    *("#nv", "#wert!", "#bezug!", "#zahl!", "#valeur!", "#nom?", "#nombre!", "#valor!", "#nd", "#valore!", "#rif!"),
}
#: What stands for a key that is not known yet.
NOT_KNOWN_YET = {"?", "??", "???", "tbd", "tba", "tbc", "n.a.", "n. a."}
#: What Moodle writes of somebody who is in no group, in the languages whose other words are known here.
NO_SECTION = {
    *("no groups", "no group", "keine gruppen", "keine gruppe", "aucun groupe", "sin grupos", "no hay grupos"),
    *("nessun gruppo", "sem grupos", "geen groepen"),
}
JOINERS = "\u200c\u200d"  # between letters of some scripts they are spelling
#: Not seen, and no part of a value: soft hyphen, zero-width space, direction marks, byte order mark and their like.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_FORMULA = re.compile(r'="((?:[^"]|"")*)"\s*|=(\d+)')
_WORKED_OUT = re.compile(r"=[^\W\d_][\w.]*\(.*")  # what a formula gives is not in its text
_ROUNDED = re.compile(r"[+-]?\d(?:[.,]\d+)?E\+?\d{1,3}", re.IGNORECASE)
_CERTAINLY_ROUNDED = re.compile(r"[+-]?(?:\d{1,3}[.,]\d*E\+?\d{1,3}|\d{1,3}E\+\d{1,3})", re.IGNORECASE)
_A_DATE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?")
#: A day with its year, or a time: no number or login is written so.
_A_DAY_OR_TIME = re.compile(
    r"(?:0?[1-9]|[12]\d|3[01])([/.])(?:0?[1-9]|[12]\d|3[01])\1(?:19|20)\d\d|(?:19|20)\d\d([/.])(?:0?[1-9]|1[0-2])\2\d\d?"
    r"|(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|[12]\d|3[01])/\d\d|\d{1,4}:[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?: ?[AP]M)?",
    re.IGNORECASE,
)
_MONTH = (
    "(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|mär|mrz|mai|okt|dez|janv|févr|mars|avr|juin|juil|août|déc|"
    "ene|abr|ago|dic|gen|mag|giu|lug|set|ott|fev|out)"
)
_PERHAPS_A_DAY = re.compile(
    rf"\d{{1,2}}[-. ]{{1,2}}{_MONTH}\.?(?:[- ]\d{{2,4}})?|{_MONTH}\.?[- ]\d{{2}}|(?:19|20)\d\d-(?:0\d|1[0-2])-[0-3]\d",
    re.IGNORECASE,
)
#: What spreadsheets make of the words true and false, in the languages in which they do.
_TRUTHS = {
    "TRUE",
    "FALSE",
    "WAHR",
    "FALSCH",
    "VRAI",
    "FAUX",
    "VERDADERO",
    "FALSO",
    "VERO",
    "VERDADEIRO",
    "WAAR",
    "ONWAAR",
}
_TOO_NARROW = re.compile(r"#{3,}")
_GROUPED = re.compile(r"\d{1,3}(?:(?:,\d{3})+|(?:\.\d{3}){2,}|(?:[ '\u2019]\d{3})+)")
_NUMBER_SIGN = re.compile(r"^# ?(?=\w)")  # Brightspace puts one before numbers and logins
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63]")
_APOSTROPHES = re.compile("[\u2018\u2019\u201b\u02bc\u02b9\u2032`\u00b4]")
#: Cyrillic and Greek letters that look like Latin ones, each with the one that it looks like.
#: Source: Unicode Technical Standard 39, "confusables.txt".
LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονёЁїЇ",
    "ABESIJKMHOPCTYXaesijopcyxhdqwABEZHIKMNOPTYXovëËïÏ",
)
_WITHOUT_ACCENTS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h"})
_EAST_ASIAN = re.compile("[\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_OTHER_ALPHABET = re.compile("[\u0370-\u03ff\u0400-\u052f]")
_WHOLE = re.compile(r"(\d+)(?:\.0+|,00?)")
_ADDRESS = re.compile(r"[^\s,;<>()\[\]\"/|&@]+@[^\s,;<>()\[\]\"/|&]+")
_PROFILE = re.compile(r"(?:https?://)?(?:www\.)?github\.com/([^/?#\s]+)/?(?:[?#].*)?", re.IGNORECASE)


class Blemish(ValueError):
    """A cell whose value is lost; its text is a sentence."""


def clean(text: str) -> str:
    """Return a cell without what is not seen, its spaces single, its letters composed."""
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    if formula := _FORMULA.fullmatch(text.strip()):
        text = formula[2] or formula[1].replace('""', '"')
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
    _require_as_it_was(name)
    return "" if name.casefold() in NOTHING - {"na", "none", "nil"} else name  # Na and Nil are people


def whole_name(given: str, family: str) -> str:
    """Return a name of its two parts: in East Asia's own letters the family comes first, and no space divides them."""
    parts = [each for each in (given, family) if each]
    if len(parts) == 2 and all(_EAST_ASIAN.fullmatch(each) for each in parts):
        return f"{family}{given}"
    return " ".join(parts)


def clean_section(text: str) -> str:
    """Return a section's name; empty for what says that there is none. Raises Blemish if a spreadsheet made a day of it."""
    name = clean(text)
    _require_as_it_was(name)
    return "" if name.casefold() in NOTHING | NO_SECTION else name


def clean_key(text: str) -> str:
    """Return a number, login or identifier. Raises Blemish if a spreadsheet rounded it."""
    value = unicodedata.normalize("NFKC", clean(text))
    for joiner in JOINERS:
        value = value.replace(joiner, "")
    value = "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in value)
    value = _DASHES.sub("-", _unquoted(value.strip()).strip())
    if value.casefold() in NOTHING | NOT_KNOWN_YET:
        return ""
    if (_WORKED_OUT.fullmatch(value) or value.startswith('="')) and not text.strip().startswith("'"):
        raise Blemish(
            gettext("{value} is a formula, and not what it gives: export the file with values.").format(value=value)
        )
    if _CERTAINLY_ROUNDED.fullmatch(value):
        raise Blemish(
            gettext(
                "A spreadsheet has rounded this number to {value}: format the column as text and export it again."
            ).format(value=value)
        )
    _require_as_it_was(value, is_key=True)
    _require_one_alphabet(value)
    value = _NUMBER_SIGN.sub("", value)
    if _GROUPED.fullmatch(value):
        return re.sub(r"\D", "", value)
    whole = _WHOLE.fullmatch(value)
    return whole[1] if whole else value


def _require_as_it_was(value: str, *, is_key: bool = False) -> None:
    is_made = is_key and (_A_DAY_OR_TIME.fullmatch(value) or value in _TRUTHS)
    if is_made or _A_DATE.fullmatch(value) or _TOO_NARROW.fullmatch(value):
        raise Blemish(
            gettext(
                "A spreadsheet has made {value} of this: format the column as text, wide enough, and export it again."
            ).format(value=value)
        )


def _unquoted(value: str) -> str:
    """Return a value without the apostrophe before it, or the two around it."""
    return value.removeprefix("'").removesuffix("'") if value.startswith("'") else value


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
    value = _DASHES.sub("-", re.sub(r"mailto:", "", value, flags=re.IGNORECASE))
    if value.strip().casefold() in NOTHING | NOT_KNOWN_YET:
        return []
    found = {each.strip(".'").casefold(): each.strip(".'") for each in _ADDRESS.findall(value)}
    rest = _ADDRESS.sub("", value)
    if not found or "@" in rest:
        raise Blemish(gettext("{value} is no e-mail address.").format(value=value))
    for address in found.values():
        _require_one_alphabet(address)
    return list(found.values())


def _require_one_alphabet(value: str) -> None:
    """Raise Blemish for a key in which letters of another alphabet stand among Latin ones."""
    odd = sorted(set(_OTHER_ALPHABET.findall(value)))
    if odd and _LATIN.search(value):
        named = ", ".join(f"{letter} ({unicodedata.name(letter).capitalize()})" for letter in odd[:3])
        raise Blemish(
            gettext("{value} mixes alphabets, so that it looks like another one: {named}. Type it anew.").format(
                value=value, named=named
            )
        )


def looks_like_another(key: str) -> bool:
    """Say whether all letters of a key are of another alphabet, and each looks like a Latin one."""
    return not key.isascii() and key.translate(LOOK_ALIKES).isascii()


def is_perhaps_a_day(key: str) -> bool:
    """Say whether a key looks as spreadsheets write a day, which they make of `sep7`."""
    return bool(_PERHAPS_A_DAY.fullmatch(key))


def as_it_looks(text: str) -> str:
    """Return a name with letters of other alphabets inside Latin words replaced by those that they look like."""
    words = text.split(" ")
    return " ".join(word.translate(LOOK_ALIKES) if _LATIN.search(word) else word for word in words)


def name_key(name: str) -> str:
    """Return what two spellings of one name share.

    Letter case, Turkish dots among it, composition, kinds of dashes and apostrophes, the order round a comma, and letters of
    another alphabet that look the same do not count.
    """
    for joiner in JOINERS:
        name = name.replace(joiner, "")
    last, comma, first = name.partition(",")
    ordered = as_it_looks(unicodedata.normalize("NFKC", f"{first} {last}" if comma else name))
    folded = unicodedata.normalize("NFC", ordered.casefold()).replace("i\u0307", "i").replace("\u0131", "i")
    return " ".join(_APOSTROPHES.sub("'", _DASHES.sub("-", folded)).split())


def likeness(name: str) -> str:
    """Return what names share that may be one person's: neither accents, spelled out or not, nor the order of words count."""
    apart = unicodedata.normalize("NFKD", name_key(name)).translate(_WITHOUT_ACCENTS)
    letters = "".join(letter for letter in apart if not unicodedata.combining(letter))
    letters = re.sub(r"([aou])e", r"\1", letters)  # Müller is Mueller where a form takes no umlauts
    return " ".join(sorted(re.split(r"[\s,.'-]+", letters))).strip()


def share_a_word(one: str, other: str) -> bool:
    """Say whether two names have a word in common, so that they may be one person's."""
    words = [{word for word in re.split(r"[\s,.'’-]+", name_key(name)) if len(word) > 1} for name in (one, other)]
    return bool(words[0] & words[1]) or not (words[0] and words[1])


def without_zeros(number: str) -> str:
    """Return a number as a spreadsheet shows it that took its leading zeros; empty if it is none."""
    return number.lstrip("0") if number.isascii() and number.isdecimal() else ""


#: What a column holds -> how its cells are cleaned.
CLEANERS: dict[str, Callable[[str], str]] = {
    "name": clean_name,
    "first_name": clean_name,
    "last_name": clean_name,
    "second_last_name": clean_name,
    "github_login": clean_github_login,
    "github_id": clean_number,
    "section": clean_section,
    "role": clean,
    "status": clean,
    "left": clean,
    "identifier": clean,
}
