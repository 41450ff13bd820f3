"""The bytes of a text file become text: UTF-8, UTF-16 and UTF-32 by their marks or their zeros, or Windows-1252 on a guess.

What is guessed is noted, for whoever imports to check; what would make no words is refused.
"""

import re

from django.utils.translation import gettext

from course_admin.courses.csv_files import FileUnreadable, without_nul

_UTF8_LETTER = re.compile(rb"[\xc3-\xc5\xce\xcf\xd0\xd1][\x80-\xbf]|[\xe2-\xe9][\x80-\xbf]{2}")
_WORD = re.compile(r"[^\s,;|\"()<>]+")
#: In no word of a language that Windows-1252 writes: four letters in a row that are all accented, or a sign among letters.
_NO_WORD = re.compile(
    r"[À-ÖØ-öø-ÿŠŽšžŸŒœƒ]{4}|[^\W\d_][³¹]|[£¥¦±¶¬¤¢][^\W\d_]|[^\W\d_][¡-§©«¬®¯±¶¸»-¿×÷†‡‰‹›•˜™][^\W\d_]"
    r"|[a-zß-ÿ][ŸŽŠŒ]|[A-ZÀ-Þ][ŸŽŠŒ][a-zß-ÿ]"  # as of a Macintosh: small letters that became capitals
)


def decode_text(data: bytes, delimiters: str) -> tuple[str, list[str]]:
    """Return a file's text, with notes on what was read on a guess. Raises FileUnreadable."""
    encoding = "utf-8-sig"
    if data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        encoding = "utf-32"
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif lost := _utf16_without_mark(data, delimiters):
        encoding = lost
    notes: list[str] = []
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8-sig":
            raise FileUnreadable(
                gettext("Byte {start} is not {encoding}; save it as UTF-8.").format(
                    start=error.start, encoding=encoding[:6].upper()
                )
            ) from None
        text = _windows(data, error.start)
        found = sorted({word for word in _WORD.findall(text) if not word.isascii()})[:8]
        shown = gettext(" Read so, it has: {found}.").format(found=", ".join(found)) if found else ""
        notes.append(
            gettext("The file is not UTF-8 and was read as Windows-1252; check the names.{shown}").format(shown=shown)
        )
    return without_nul(text), notes


def _utf16_without_mark(data: bytes, delimiters: str) -> str:
    """Return which UTF-16 a file without its mark is in; empty if it seems to be in none.

    Whatever its words are written in, the zeros of its delimiters and line ends stand at every other place only.
    """
    head = data[:4_000]
    zeros = {"utf-16-be": head[0::2].count(0), "utf-16-le": head[1::2].count(0)}
    name = max(zeros, key=lambda each: zeros[each])
    is_one_sided = zeros[name] >= 3 and sum(zeros.values()) == zeros[name] and zeros[name] * 25 > len(head)
    text = head[: len(head) // 2 * 2].decode(name, "ignore") if is_one_sided else ""
    return name if any(mark in text for mark in delimiters) else ""


def _windows(data: bytes, first: int) -> str:
    """Return what Windows-1252 makes of the bytes. Raises FileUnreadable if they are neither, or both."""
    refusal = FileUnreadable(gettext("Byte {first} is not UTF-8; save the file as UTF-8.").format(first=first))
    if _UTF8_LETTER.search(data):
        raise refusal
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise refusal from None
    if odd := next((word for word in _WORD.findall(text) if _NO_WORD.search(word)), ""):
        raise FileUnreadable(
            gettext(
                "The file is not UTF-8, nor Windows-1252, which would make {odd} of a word; save it as UTF-8."
            ).format(odd=odd)
        )
    return text
