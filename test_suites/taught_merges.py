"""A BPETokenizer with the merges that a test wants, taught by training: a student may keep more of them than the contract names.

Always true: how often pairs occur lies apart, so that nothing hangs on how ties are broken; and what training left wrong is
put right, so that a slip in it costs its own checks.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lenient import hold
from marks import in_candidate
from tinytorch.core.tokenization import BPETokenizer

SUFFIXES = 10


class Lesson:
    """A corpus, and what is learnt from it: merges in their order, and the vocabulary that they make."""

    def __init__(self, frequencies: Mapping[str, int], merges: Sequence[tuple[str, str]]) -> None:
        self.frequencies, self.merges = dict(frequencies), list(merges)
        tokens = {token for word in frequencies for token in (*word[:-1], f"{word[-1]}</w>")}
        self.vocab = ["<UNK>", *sorted(tokens), *(left + right for left, right in merges)]

    @property
    def given(self) -> dict[str, Any]:
        return {"vocab": self.vocab, "merges": self.merges}

    def taught(self) -> Any:
        return taught(self.frequencies, self.vocab, self.merges)


def lesson(pieces: Mapping[str, int], merges: Sequence[tuple[str, str]], letters: Sequence[str]) -> Lesson:
    """Return the lesson of pieces of words, each with how often it occurs: in tens, if it does not end a word.

    letters: ten others, which end the words of such pieces in turn, so that no pair with an end occurs as often as a piece.
    """
    frequencies = {}
    for piece, count in pieces.items():
        if piece.endswith("</w>"):
            frequencies[piece.removesuffix("</w>")] = count
        else:
            frequencies |= {piece + letter: count // SUFFIXES for letter in letters[:SUFFIXES]}
    return Lesson(frequencies, merges)


@in_candidate
def pairs_of(merges):
    """Return merges as tuples (left, right), be they lists, or pairs that each have their joined token with them."""
    if not isinstance(merges, (list, tuple)):
        return merges
    pairs = []
    for merge in merges:
        first = merge[0] if isinstance(merge, (list, tuple)) and len(merge) == 2 else None
        has_token = isinstance(first, (list, tuple)) and merge[1] in ("".join(map(str, first)), first)
        pairs.append(tuple(first) if has_token else tuple(merge) if isinstance(merge, (list, tuple)) else merge)
    return pairs


@in_candidate
def taught(frequencies, vocab, merges):
    """Train a tokenizer, and let its attributes hold what belongs there, if they do not yet."""
    tokenizer = BPETokenizer(len(vocab))
    try:
        tokenizer.train([word for word, count in frequencies.items() for _ in range(count)])
    except Exception:  # whatever training ends in, it is not what is asked here
        tokenizer = BPETokenizer(len(vocab))
    numbers = {token: n for n, token in enumerate(vocab)}
    if pairs_of(tokenizer.merges) != [tuple(pair) for pair in merges]:
        hold(tokenizer, merges=merges)
    hold(tokenizer, vocab=vocab, token_to_id=numbers, id_to_token=dict(enumerate(vocab)))
    return tokenizer
