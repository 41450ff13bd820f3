"""BPETokenizer encodes and decodes: with what it has learnt, and before that (17 points).

What was learnt comes of training, and is put right where training is not: how it fills vocab, merges and the dictionaries is
checked elsewhere. Words are split by the test's own part, for the same reason.
"""

import numpy as np
import pytest
from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from taught_merges import Lesson, lesson
from tinytorch.core.tokenization import BPETokenizer

LETTERS = "abcdefghijklmnopqrstuvwxyz"
ENCODE_HINT = (
    "Split at whitespace, split each word into tokens, apply the merges, look every token up: 0 if it is missing."
)
DECODE_HINT = "Join the tokens, make each '</w>' a space, and strip the text at both ends."


def draw_letters(rng, count):
    return [LETTERS[i] for i in rng.permutation(len(LETTERS))[:count]]


@in_candidate
def split_as_told(tokenizer, words):
    """Let a tokenizer split the words of a text as told."""
    tokenizer._get_word_tokens = lambda word: list(words.get(word, []))


class Learnt(Lesson):
    """What is learnt from the words pow, pot, new and net, with letters that are drawn anew; count: how many of four merges."""

    def __init__(self, rng, count=4):
        self.p, self.o, self.w, self.t, self.n, self.e = p, o, w, t, n, e = draw_letters(rng, 6)
        merges = [(p, o), (p + o, f"{w}</w>"), (p + o, f"{t}</w>"), (n, e)]
        super().__init__({p + o + w: 9, p + o + t: 5, n + e + w: 3, n + e + t: 1}, merges[:count])

    def number(self, *tokens):
        """Return the numbers of tokens, 0 for those that are unknown."""
        return [self.vocab.index(token) if token in self.vocab else 0 for token in tokens]

    def tokenizer(self, text):
        return splitting(self.taught(), text)


def splitting(tokenizer, text):
    """Return the tokenizer, which splits the text's words right."""
    split_as_told(tokenizer, {word: [*word[:-1], f"{word[-1]}</w>"] for word in text.split()})
    return tokenizer


@number("11.1")
@weight(3)
def test_an_untrained_tokenizer_knows_nothing(rng):
    """Before training vocab and merges are empty, the target is 1000, encode gives [], decode ''; a trained one knows better."""
    learnt = Learnt(rng)
    text = f"{learnt.p}{learnt.o}{learnt.w}"
    want = learnt.number(f"{text}</w>")
    found = list(learnt.tokenizer(text).encode(text))
    assert_equal(found, want, call=f"encode({text!r})", given=learnt.given, hint=ENCODE_HINT)
    fresh, hint = BPETokenizer(), "Everything is empty until train has run."
    assert_equal([fresh.vocab, fresh.merges], [[], []], call="[vocab, merges] of BPETokenizer()", hint=hint)
    found = [fresh.token_to_id, fresh.id_to_token]
    assert_equal(found, [{}, {}], call="[token_to_id, id_to_token] of BPETokenizer()", hint=hint)
    hint = "def __init__(self, vocab_size=1000): keep the target under that name."
    target = int(rng.integers(20, 900))
    found = [fresh.vocab_size, BPETokenizer(target).vocab_size]
    call = f"vocab_size of BPETokenizer() and BPETokenizer({target})"
    assert_equal(found, [1000, target], call=call, hint=hint)
    hint = "Without a vocabulary there is nothing to encode or decode with."
    found = [fresh.encode(text), fresh.decode(want)]
    assert_equal(found, [[], ""], call=f"[encode({text!r}), decode({want})] before training", hint=hint)


@number("11.2")
@weight(2)
def test_encode_joins_what_was_learnt(rng):
    """encode gives the numbers of the joined tokens: a whole word where all of it was learnt, parts where some was."""
    learnt = Learnt(rng)
    p, o, w, t, n, e = learnt.p, learnt.o, learnt.w, learnt.t, learnt.n, learnt.e
    text = f"{p}{o}{w} {n}{e}{t} {p}{o}{t}"
    want = learnt.number(f"{p}{o}{w}</w>", f"{n}{e}", f"{t}</w>", f"{p}{o}{t}</w>")
    found = list(learnt.tokenizer(text).encode(text))
    assert_equal(found, want, call=f"encode({text!r})", given=learnt.given, hint=ENCODE_HINT)


@number("11.3")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("white", ["  ", "\n", "\t ", " \r\n\u2003"], ids=["two", "line", "tab", "many"])
def test_any_whitespace_parts_words(rng, white):
    """encode splits at whitespace of every kind and length, at both ends too; words do not run into each other."""
    learnt = Learnt(rng)
    p, o, w, t, n, e = learnt.p, learnt.o, learnt.w, learnt.t, learnt.n, learnt.e
    text = white + white.join([p + o + t, n + e + w, p + o + w]) + white
    want = learnt.number(f"{p}{o}{t}</w>", f"{n}{e}", f"{w}</w>", f"{p}{o}{w}</w>")
    found = list(learnt.tokenizer(text).encode(text))
    hint = "text.split() without an argument splits at all of it; text.split(' ') does not."
    assert_equal(found, want, call=f"encode({text!r})", given=learnt.given, hint=hint)


@number("11.4")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("order", ["long first", "short first"])
def test_the_order_of_merges_decides(rng, order):
    """encode applies merges in the order learnt: learnt in another order, other tokens come out."""
    a, b, c, d, *others = draw_letters(rng, 14)
    a, b, c, d = sorted((a, b, c, d))  # so that the alphabet's order is not the one learnt
    if order == "long first":
        pieces = {b + c: 40, a + b + c: 20, a + b: 30, f"{c}{d}</w>": 10}
        learnt = lesson(pieces, [(b, c), (a, b), (a, b + c), (c, f"{d}</w>")], others)
        tokens = [a + b + c, f"{d}</w>"]
    else:
        pieces = {a + b: 30, f"{c}{d}</w>": 20, b + c: 10}
        learnt = lesson(pieces, [(a, b), (c, f"{d}</w>"), (b, c)], others)
        tokens = [a + b, f"{c}{d}</w>"]
    want, word = [learnt.vocab.index(token) for token in tokens], a + b + c + d
    found = list(splitting(learnt.taught(), word).encode(word))
    hint = "Go through self.merges from first to last, once for each word."
    assert_equal(found, want, call=f"encode({word!r})", given=learnt.given, hint=hint)


@number("12")
@weight(3)
@pytest.mark.parametrize("case", ["a new letter", "a known letter at the end", "nothing known"])
def test_unknown_tokens_give_zero(rng, case):
    """A token outside the vocabulary gives 0: a new letter, or a letter that has never ended a word."""
    learnt = Learnt(rng, 0)
    p, o, w, n, e = learnt.p, learnt.o, learnt.w, learnt.n, learnt.e
    new, other = [letter for letter in LETTERS if letter not in f"{p}{o}{w}{learnt.t}{n}{e}"][:2]
    word = {
        "a new letter": [n, new, p, f"{w}</w>"],
        "a known letter at the end": [e, p, o, f"{n}</w>"],
        "nothing known": [new, other, f"{new}</w>"],
    }[case]
    good = [o, p, f"{w}</w>"]
    text = " ".join("".join(tokens).replace("</w>", "") for tokens in (good, word))
    found = list(learnt.tokenizer(text).encode(text))
    hint = "token_to_id.get(token, 0)"
    want = learnt.number(*good, *word)
    assert_equal(found, want, call=f"encode({text!r})", given=learnt.given, hint=hint)


@number("13.1")
@weight(2)
def test_decode_ends_words_with_single_spaces(rng):
    """decode joins tokens; '</w>' becomes one space between words, and there is none at either end."""
    learnt = Learnt(rng)
    p, o, w, t, n, e = learnt.p, learnt.o, learnt.w, learnt.t, learnt.n, learnt.e
    numbers = learnt.number(f"{p}{o}{w}</w>", f"{n}{e}", f"{t}</w>", f"{p}{o}{t}</w>")
    found = learnt.tokenizer("").decode(numbers)
    assert_equal(
        found, f"{p}{o}{w} {n}{e}{t} {p}{o}{t}", call=f"decode({numbers})", given=learnt.given, hint=DECODE_HINT
    )


@number("13.2")
@weight(1)
@visibility("hidden")
@pytest.mark.parametrize("stranger", [0, -1, 11, 5000])
def test_decode_says_unknown(rng, stranger):
    """0, negative numbers and numbers beyond the vocabulary decode to '<UNK>', in the word where they stand."""
    learnt = Learnt(rng)
    p, o, w, n, e = learnt.p, learnt.o, learnt.w, learnt.n, learnt.e
    (first,), (second,) = learnt.number(n + e), learnt.number(f"{p}{o}{w}</w>")
    found = learnt.tokenizer("").decode([first, stranger, second])
    hint = "id_to_token.get(number, '<UNK>')"
    call = f"decode({[first, stranger, second]})"
    assert_equal(found, f"{n}{e}<UNK>{p}{o}{w}", call=call, given=learnt.given, hint=hint)


@number("13.3")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("kind", ["Python", "NumPy"])
def test_known_words_come_back(rng, kind):
    """decode(encode(text)) is the text's words with single spaces, if every token is known."""
    learnt = Learnt(rng)
    p, o, w, t, n, e = learnt.p, learnt.o, learnt.w, learnt.t, learnt.n, learnt.e
    words = [p + o + w, n + e + w, p + o + t, e + w, n + e + p + o + t]
    drawn = [words[i] for i in rng.permutation(5)]
    text = "  ".join(drawn)
    tokenizer = learnt.tokenizer(text)
    numbers = list(tokenizer.encode(text))
    spelt = [token for number in numbers for token in learnt.vocab[number : number + 1]]
    want = "".join(f"{word}</w>" for word in drawn)
    call = f"the tokens of encode({text!r}), joined"
    assert_equal("".join(spelt), want, call=call, given=learnt.given, hint=ENCODE_HINT)
    found = tokenizer.decode(numbers if kind == "Python" else np.array(numbers))
    assert_equal(found, " ".join(drawn), call=f"decode of these numbers ({kind}'s integers)", hint=DECODE_HINT)
