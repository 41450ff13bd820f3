"""The base class, and what both tokenizers make of it (5 points).

A class or an error alone proves nothing: each check shows a text that comes out right as well.
"""

import pytest
from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import hold
from marks import in_candidate
from tinytorch.core.tokenization import BPETokenizer, CharTokenizer, Tokenizer

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def draw_letters(rng, count):
    return [LETTERS[i] for i in rng.permutation(len(LETTERS))[:count]]


@in_candidate
def prepared(letters):
    """Return a CharTokenizer whose attributes hold the given letters, however the constructor would have filled them."""
    try:
        tokenizer = CharTokenizer(letters)
    except Exception:  # which is charged where the constructor is asked for
        tokenizer = CharTokenizer()
    vocab = ["<UNK>", *letters]
    numbers = {letter: n for n, letter in enumerate(vocab)}
    hold(tokenizer, vocab=vocab, vocab_size=len(vocab), unk_id=0, char_to_id=numbers, id_to_char=dict(enumerate(vocab)))
    return tokenizer


def assert_not_written(method, argument, call):
    """Require that the base class raises NotImplementedError, and nothing else."""
    __tracebackhide__ = True
    try:
        method(argument)
    except NotImplementedError:
        return
    except Exception as error:
        raise AssertionError(f"{call} must raise NotImplementedError; it raised another error: {error}") from None
    raise AssertionError(
        f"{call} must raise NotImplementedError; it raised nothing. Only the derived classes can do it."
    )


@number("1.1")
@weight(3)
@pytest.mark.parametrize("method", ["encode", "decode"])
def test_the_base_class_leaves_it_to_others(rng, method):
    """Tokenizer() can be made; its encode and decode raise NotImplementedError, while CharTokenizer's work."""
    letters = draw_letters(rng, 6)
    numbers = [int(n) + 1 for n in rng.permutation(6)]
    text = "".join(letters[n - 1] for n in numbers)
    tokenizer = prepared(letters)
    given = {"vocab": ["<UNK>", *letters]}
    hint = "Derive CharTokenizer from Tokenizer, and write both methods there."
    if method == "encode":
        assert_equal(
            list(tokenizer.encode(text)), numbers, call=f"CharTokenizer.encode({text!r})", given=given, hint=hint
        )
        assert_not_written(Tokenizer().encode, text, f"Tokenizer().encode({text!r})")
    else:
        assert_equal(tokenizer.decode(numbers), text, call=f"CharTokenizer.decode({numbers})", given=given, hint=hint)
        assert_not_written(Tokenizer().decode, numbers, f"Tokenizer().decode({numbers})")


@in_candidate
def kinship(words):
    """Return whether each class is derived from Tokenizer, and what an own subclass of the base class does."""

    class Spelling(Tokenizer):
        def encode(self, text):
            return [len(word) for word in text.split()]

    return [
        issubclass(CharTokenizer, Tokenizer),
        issubclass(BPETokenizer, Tokenizer),
        isinstance(CharTokenizer(), Tokenizer),
        isinstance(BPETokenizer(), Tokenizer),
        Spelling().encode(words),
    ]


@number("1.2")
@weight(2)
@visibility("hidden")
def test_both_tokenizers_are_tokenizers(rng):
    """CharTokenizer and BPETokenizer are derived from Tokenizer, which others can derive from as well."""
    letters = draw_letters(rng, 5)
    text = "".join(letters[int(n)] for n in rng.permutation(5))
    numbers = [letters.index(letter) + 1 for letter in text]
    given = {"vocab": ["<UNK>", *letters]}
    assert_equal(list(prepared(letters).encode(text)), numbers, call=f"CharTokenizer.encode({text!r})", given=given)
    found = kinship(f"{text} {text}{text}")
    hint = "class CharTokenizer(Tokenizer), class BPETokenizer(Tokenizer)"
    assert_equal(found[:4], [True] * 4, call="issubclass and isinstance of both classes, Tokenizer", hint=hint)
    hint = "The base class needs no constructor arguments and forbids nothing."
    assert_equal(found[4], [5, 10], call="encode of a class that a test derives from Tokenizer", hint=hint)
