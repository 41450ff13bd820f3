"""Say of a source file that is not UTF-8 what it is saved as, since Python names neither file nor encoding. Side: worker."""

import codecs
import re

MARKS = (  # the longer mark first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
COOKIE = re.compile(rb"[ \t\f]*#[^\n]{0,200}?coding[:=]")  # Source: PEP 263
COOKIE_LINES = 2


def describe_encoding(path: str, data: bytes) -> str:
    """Return the sentence about a source file that Python cannot decode; an empty string if it can."""
    marked = next((name for mark, name in MARKS if data.startswith(mark)), "")
    name = marked or ("UTF-16" if _alternates_with_nul(data) else "")
    if name:
        return f"{path} is saved as {name}, which Python does not read; save it again with the encoding UTF-8."
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        return (
            f"{path}, line {line}, holds a NUL byte, which Python does not read; save it again as plain text in UTF-8."
        )
    if any(COOKIE.match(line) for line in data.split(b"\n", COOKIE_LINES)[:COOKIE_LINES]):
        return ""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        return (
            f"{path}, line {line}, is not UTF-8 (byte 0x{data[problem.start]:02x}), the encoding that Python expects; it "
            f"may be saved as Windows-1252 or Latin-1: save it again with the encoding UTF-8."
        )
    return ""


def _alternates_with_nul(data: bytes) -> bool:
    """Say whether nearly every second byte is NUL, as in Latin letters that are saved as UTF-16 without a mark."""
    half = len(data) // 2
    return half > 0 and max(data[0::2].count(0), data[1::2].count(0)) > 0.9 * half
