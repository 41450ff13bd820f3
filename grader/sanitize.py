"""The one cleaning of text that a student may have written, before anybody stores or shows it. Side: any.

What comes out is valid UTF-8 without any control or invisible character except line end and tab: each is shown as an
escape, so that text cannot move the cursor, reorder what stands beside it, end a file early or break a parser. Markup
is not touched: escaping it is the work of whoever renders.
"""

import re
import unicodedata

#: General categories shown as escapes: controls, format characters (bidi marks and zero-width ones), lone surrogates,
#: private use, unassigned and noncharacters, line and paragraph separators. Source: Unicode Standard, chapter 4.5.
_ESCAPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_COMBINING = frozenset({"Mn", "Me"})
_MARKS_IN_A_ROW = 4  # more combining marks than any written language stacks on one letter
_PLAIN = re.compile(r"[\t\n\x20-\x7e]*")


def clean(text: str | bytes, limit_bytes: int, limit_lines: int | None = None) -> str:
    """Return `text` with odd characters escaped and its middle cut out, so that head and tail are kept.

    limit_bytes counts UTF-8 bytes, limit_lines line ends; a note in the result, within both limits, says what is
    missing. Bytes that are not UTF-8 appear as escapes. The result may be cleaned again without changing further.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "backslashreplace")
    # Escaping lengthens text at most tenfold, and never shortens it: what lies beyond the limit need not be escaped.
    cut = _cut_lines(text.replace("\r\n", "\n"), limit_lines)
    if len(cut) > 2 * limit_bytes:
        dropped = len(cut) - 2 * limit_bytes
        head, tail = _escape(cut[:limit_bytes]), _escape(cut[-limit_bytes:])
        return _cut_bytes(head, tail, limit_bytes, dropped)
    escaped = _escape(cut)
    if len(escaped.encode()) <= limit_bytes:
        return escaped
    return _cut_bytes(escaped, escaped, limit_bytes, 0)


def _escape(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    out, marks = [], 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in _COMBINING else 0
        plain = character in "\n\t" or (category not in _ESCAPED_CATEGORIES and marks <= _MARKS_IN_A_ROW)
        out.append(character if plain else escape_of(character))
    return "".join(out)


def escape_of(character: str) -> str:
    """Return the escape by which a character that is not seen is shown, such as `\\u202e`."""
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _cut_lines(text: str, limit_lines: int | None) -> str:
    lines = text.split("\n")
    if limit_lines is None or len(lines) <= limit_lines:
        return text
    kept = max(limit_lines - 1, 0)
    head = kept - kept // 2
    note = f"... {len(lines) - kept} lines left out ..."
    return "\n".join([*lines[:head], note, *(lines[-(kept // 2) :] if kept // 2 else [])])


def _cut_bytes(head: str, tail: str, limit_bytes: int, dropped: int) -> str:
    """Join the start of `head` and the end of `tail` within the limit, with a note between them."""
    total = len(head.encode()) if head is tail else len(head.encode()) + len(tail.encode()) + dropped
    note = f" ... about {max(total - limit_bytes, 1)} bytes left out ... "
    room = max(limit_bytes - len(note), 0)
    first = head.encode()[: room - room // 2].decode("utf-8", "ignore")
    last = tail.encode()[-(room // 2) :].decode("utf-8", "ignore") if room // 2 else ""
    return (first + note + last) if room else note[:limit_bytes]
