"""LaunchRefused: a launch that is not believed, or leads nowhere."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class LaunchRefused(Exception):
    """The text is a sentence for whoever opened it, and for the log: it names no token, key or person.

    It is put into words where it is read: the page's language is its reader's, the log's is the service's.
    """

    def __init__(self, sentence: "StrOrPromise", **told: object) -> None:
        super().__init__(sentence)
        self._sentence, self._told = sentence, told

    def __str__(self) -> str:
        return str(self._sentence).format(**self._told) if self._told else str(self._sentence)
