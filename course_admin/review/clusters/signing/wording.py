"""What is left of a failure's message when numbers, addresses and names are taken out of it: pure functions on text.

A name stays that the test itself used (it stands in the message's last calls), that Python knows, or that begins with a
capital: `'Tensor' object has no attribute 'data'` says the same of everybody, `name 'tmp2' is not defined` does not.
"""

import builtins
import keyword
import re
from dataclasses import dataclass

LAST_CALLS = "\nLast calls: "
_RAISED = re.compile(r"Your code raised (\w+)(?:: (.*))?", re.DOTALL)
_FRAMES = re.compile(r'\n  File "[^"\n]*", line \d+, in ')
_ADDRESS = re.compile(r"0x[0-9A-Fa-f]+|0x\.\.\.")
_NUMBER = r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w])"
_NUMBERS = re.compile(_NUMBER)
_ARRAY = re.compile(rf"\[[\[\s]*(?:(?:{_NUMBER}|nan|[-+]?inf|\.\.\.|True|False|,|;)[\[\]\s]*)+\]")
_QUOTED = re.compile(r"(['`\"])([A-Za-z_]\w*)\1")
#: What a student's own error said where the test asks for another text: it is in everybody's own words.
_OWN_WORDS = re.compile(r"""(its text should contain .*?\.\n\s+got:).*|(['"] does not match )['"].*['"]""", re.DOTALL)
#: What a test was given was drawn for this submission alone; so were the texts in what was expected of it, and came back.
_GIVEN = re.compile(r"\n  given:.*?(?=\n  \w+:|\Z)", re.DOTALL)
_VALUES = re.compile(r"\A[^\n]*(?=: the values? )|\n  (?:at|expected|got|first):.*?(?=\n  \w+:|\Z)", re.DOTALL)
_TEXT = re.compile(r"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*\"""")
_SEVERAL = re.compile(r"('…'(?:: #)?|#: '…'|(?<=list of #: )#)(?:, (?:\1|\.\.\.))+")
_SPACES = re.compile(r"\s+")
_PYTHONS = frozenset({*dir(builtins), *keyword.kwlist, "ndarray"})


@dataclass(frozen=True, slots=True)
class Wording:
    """A message taken apart: the exception's type, empty if none was raised; what is left of the text; the test's names."""

    exception: str
    text: str
    called: frozenset[str]


def wording(message: str) -> Wording:
    """Return what is left of a check's message."""
    said, _, calls = message.partition(LAST_CALLS)
    called = frozenset(re.findall(r"[A-Za-z_]\w*", calls))
    raised = _RAISED.match(said)
    if raised is None:
        said = _VALUES.sub(lambda found: _TEXT.sub("'…'", found[0]), _GIVEN.sub("", said))
        said = _OWN_WORDS.sub(lambda found: f"{found[1] or found[2]} another text", said)
        return Wording("", plain(_FRAMES.split(said)[0], called), called)
    text = _FRAMES.split(f"{raised[2] or ''}")[0]
    return Wording(raised[1], plain(text, called), called)


def plain(text: str, called: frozenset[str]) -> str:
    """Return a text without its numbers, addresses and names, on one line."""
    text = _ADDRESS.sub("@", text)
    text = _ARRAY.sub(lambda found: "[nan]" if "nan" in found[0] or "inf" in found[0] else "[#]", text)
    text = _NUMBERS.sub("#", text)
    text = _QUOTED.sub(lambda found: found[0] if is_shared(found[2], called) else f"{found[1]}name{found[1]}", text)
    return _SPACES.sub(" ", _SEVERAL.sub(r"\1", text)).strip()


def is_shared(name: str, called: frozenset[str]) -> bool:
    """Whether a name is the same in everybody's code."""
    return name in called or name in _PYTHONS or name[:1].isupper() or (name.startswith("__") and name.endswith("__"))
