"""Our own sentences that were stored in English, whoever caused them, in the language of whoever reads them now.

A stored sentence is known again by the pattern that made it. What somebody else wrote fits none and stays as it is.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from string import Formatter

from django.utils.translation import gettext


class StoredSentences:
    """Patterns such as `section {name}`; of two that fit, the one with more words of its own is taken.

    `inside`: what words anew what stands for a name, where that is a sentence of ours, too.
    """

    def __init__(self, sentences: Iterable[str], inside: Mapping[str, Callable[[str], str]] | None = None) -> None:
        self._inside = inside or {}
        ordered = sorted(
            sentences, key=lambda sentence: -len("".join(text for text, *_ in Formatter().parse(sentence)))
        )
        self._patterns = [(sentence, _pattern(sentence)) for sentence in ordered]

    def reworded(self, stored: str) -> str:
        """Return a stored sentence in the language in force; one that is not ours as it is."""
        for sentence, pattern in self._patterns:
            if found := pattern.fullmatch(stored):
                named = found.groupdict()
                said = {
                    name: self._inside[name](text) if name in self._inside else text for name, text in named.items()
                }
                return gettext(sentence).format(**said)
        return stored


def _pattern(sentence: str) -> re.Pattern[str]:
    """Return what a sentence looks like when its names are filled in; one that comes again is the same again."""
    parts, seen = [], set[str]()
    for text, name, _, _ in Formatter().parse(sentence):
        parts.append(re.escape(text))
        if name:
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.*)")
            seen.add(name)
    return re.compile("".join(parts), re.DOTALL)
