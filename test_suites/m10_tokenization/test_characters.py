"""CharTokenizer: a number for every character, and back (32 points).

Letters and texts are drawn, from Latin, Greek and Chinese letters, signs, spaces and emoji. Encoding and decoding are
checked on a tokenizer whose attributes the test has filled: what the constructor or build_vocab does is checked by itself.
"""

import numpy as np
import pytest
from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import hold
from marks import in_candidate
from tinytorch.core.tokenization import CharTokenizer

POOL = "abcdefghijklmnopqrstuvwxyzABCDEFG0123456789 \n\t.,;!?äéñßøλπΩж漢字語\u2028\U0001f600\U0001f680\U0001d538"
ENCODE_HINT = (
    "Look every character up in char_to_id; where it is missing, use unk_id: char_to_id.get(character, unk_id)."
)
DECODE_HINT = "Look every number up in id_to_char, with '<UNK>' where it is missing, and join the texts."


def draw_letters(rng, count):
    """Return `count` different characters in random order, and all others."""
    drawn = [POOL[i] for i in rng.permutation(len(POOL))]
    return drawn[:count], drawn[count:]


def draw_numbers(rng, count, length):
    """Return `length` numbers from 1 to count, some of them twice."""
    return [int(n) for n in rng.integers(1, count + 1, length)]


def spell(letters, numbers):
    return "".join(letters[n - 1] for n in numbers)


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


# The constructor


@number("2.1")
@weight(2)
def test_the_constructor_puts_unknown_first(rng):
    """CharTokenizer(letters) has '<UNK>' at 0, then the letters as they were given; vocab_size counts all of them."""
    letters, _ = draw_letters(rng, 7)
    tokenizer = CharTokenizer(letters)
    given = {"letters": letters}
    hint = "self.vocab = ['<UNK>'] + the letters, in the order given."
    assert_equal(tokenizer.vocab, ["<UNK>", *letters], call="CharTokenizer(letters).vocab", given=given, hint=hint)
    hint = "vocab_size is len(self.vocab), '<UNK>' included, and unk_id is 0."
    found = [tokenizer.vocab_size, tokenizer.unk_id]
    assert_equal(found, [8, 0], same_type=True, call="[vocab_size, unk_id] of CharTokenizer(letters)", hint=hint)


@number("2.2")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("count", [1, 12])
def test_the_two_dictionaries_are_inverse(rng, count):
    """char_to_id maps every entry of vocab to its place, id_to_char maps it back."""
    letters, _ = draw_letters(rng, count)
    tokenizer = CharTokenizer(vocab=letters)
    entries = ["<UNK>", *letters]
    forth, back = {entry: n for n, entry in enumerate(entries)}, dict(enumerate(entries))
    given = {"letters": letters}
    hint = "Fill both from enumerate(self.vocab)."
    found = tokenizer.char_to_id
    assert_equal(found, forth, same_type=True, call="CharTokenizer(vocab=letters).char_to_id", given=given, hint=hint)
    found = tokenizer.id_to_char
    assert_equal(found, back, same_type=True, call="CharTokenizer(vocab=letters).id_to_char", given=given, hint=hint)


# Encoding


@number("3.1")
@weight(4)
@pytest.mark.parametrize("length", [1, 9, 60])
def test_encode_numbers_every_character(rng, length):
    """encode gives the number of every character, in order."""
    letters, _ = draw_letters(rng, 8)
    numbers = draw_numbers(rng, 8, length)
    text = spell(letters, numbers)
    found = list(prepared(letters).encode(text))
    assert_equal(found, numbers, call=f"encode({text!r})", given={"vocab": ["<UNK>", *letters]}, hint=ENCODE_HINT)


@number("3.2")
@weight(1)
@visibility("hidden")
def test_encode_returns_a_list_of_ints(rng):
    """encode returns a list, and every number in it is a Python int."""
    letters, _ = draw_letters(rng, 8)
    numbers = draw_numbers(rng, 8, 12)
    found = prepared(letters).encode(spell(letters, numbers))
    assert_equal(type(found).__name__, "list", call="type of encode(text)", hint="Return a list.")
    kinds = sorted({type(n).__name__ for n in found})
    assert_equal(kinds, ["int"], call="types of the numbers in encode(text)", hint="Neither strings nor NumPy numbers.")
    assert_equal(found, numbers, call="encode(text)", given={"vocab": ["<UNK>", *letters]}, hint=ENCODE_HINT)


@number("3.3")
@weight(4)
@pytest.mark.parametrize("place", ["first", "last", "in between", "twice in a row"])
def test_encode_gives_zero_for_unknown_characters(rng, place):
    """A character outside the vocabulary gives 0, wherever it stands; the others keep their numbers."""
    letters, others = draw_letters(rng, 8)
    numbers = draw_numbers(rng, 8, 6)
    at = {"first": [0], "last": [6], "in between": [3], "twice in a row": [2, 2]}[place]
    text, want = list(spell(letters, numbers)), list(numbers)
    for i, position in enumerate(at):
        text.insert(position, others[i])
        want.insert(position, 0)
    text = "".join(text)
    found = list(prepared(letters).encode(text))
    assert_equal(found, want, call=f"encode({text!r})", given={"vocab": ["<UNK>", *letters]}, hint=ENCODE_HINT)


# Decoding


@number("4.1")
@weight(2)
def test_decode_joins_the_characters(rng):
    """decode gives the text of the numbers, in order."""
    letters, _ = draw_letters(rng, 9)
    numbers = draw_numbers(rng, 9, 20)
    found = prepared(letters).decode(numbers)
    given = {"vocab": ["<UNK>", *letters]}
    assert_equal(found, spell(letters, numbers), call=f"decode({numbers})", given=given, hint=DECODE_HINT)


@number("4.2")
@weight(2)
@pytest.mark.parametrize("stranger", ["0", "-1", "just beyond", "far beyond"])
def test_decode_says_unknown(rng, stranger):
    """0, -1 and every number beyond the table decode to '<UNK>'; what stands around them stays."""
    letters, _ = draw_letters(rng, 7)
    numbers = draw_numbers(rng, 7, 5)
    found = {"0": 0, "-1": -1, "just beyond": 8, "far beyond": 8 + int(rng.integers(10, 10_000))}[stranger]
    given = {"vocab": ["<UNK>", *letters]}
    sent = [*numbers[:3], found, *numbers[3:]]
    want = spell(letters, numbers[:3]) + "<UNK>" + spell(letters, numbers[3:])
    hint = "id_to_char.get(number, '<UNK>'): a list would take -1 for its last entry."
    assert_equal(prepared(letters).decode(sent), want, call=f"decode({sent})", given=given, hint=hint)


@number("4.3")
@weight(1)
@visibility("hidden")
@pytest.mark.parametrize("kind", ["int64", "int32"])
def test_decode_accepts_numpy_integers(rng, kind):
    """decode takes NumPy's integers as well as Python's, one by one or in an array."""
    letters, _ = draw_letters(rng, 9)
    numbers = draw_numbers(rng, 9, 10)
    tokenizer, given = prepared(letters), {"vocab": ["<UNK>", *letters]}
    want = spell(letters, numbers)
    hint = "A NumPy integer finds a Python int's entry in a dictionary; isinstance(number, int) would refuse it."
    array = np.array(numbers, dtype=kind)
    assert_equal(tokenizer.decode(list(array)), want, call=f"decode of a list of {kind}", given=given, hint=hint)
    assert_equal(tokenizer.decode(array), want, call=f"decode of an array of {kind}", given=given, hint=hint)


@number("5.1")
@weight(4)
@visibility("hidden")
@pytest.mark.parametrize("length", [1, 7, 50, 400])
def test_texts_come_back(rng, length):
    """decode(encode(text)) is text again: spaces, line ends, accents and emoji included."""
    letters, _ = draw_letters(rng, 30)
    letters = list(dict.fromkeys([*letters, " ", "\n", "é", "\U0001f600"]))
    numbers = draw_numbers(rng, len(letters), length)
    text, tokenizer = spell(letters, numbers), prepared(letters)
    given = {"text": text, "vocab": ["<UNK>", *letters]}
    hint = "Neither strip nor split: every character counts, white ones too."
    assert_equal(list(tokenizer.encode(text)), numbers, call="encode(text)", given=given, hint=hint)
    assert_equal(tokenizer.decode(tokenizer.encode(text)), text, call="decode(encode(text))", given=given, hint=hint)


# A vocabulary from a corpus


def draw_corpus(rng):
    """Return four texts that share characters, and their characters sorted by code point."""
    letters, _ = draw_letters(rng, 12)
    texts = [spell(letters, draw_numbers(rng, 12, 9)) for _ in range(4)]
    return texts, sorted(set("".join(texts)))


@number("6.1")
@weight(2)
def test_build_vocab_sorts_the_distinct_characters(rng):
    """build_vocab(corpus) takes the distinct characters of all texts, sorted; '<UNK>' stays at 0."""
    texts, letters = draw_corpus(rng)
    tokenizer = CharTokenizer()
    tokenizer.build_vocab(texts)
    hint = "['<UNK>'] + sorted(set of all characters)"
    found = tokenizer.vocab
    call = "vocab after build_vocab(corpus)"
    assert_equal(found, ["<UNK>", *letters], call=call, given={"corpus": texts}, hint=hint)


@number("6.2")
@weight(2)
@visibility("hidden")
def test_build_vocab_refreshes_everything(rng):
    """build_vocab returns None and brings vocab_size and both dictionaries up to date; any iterable of texts will do."""
    texts, letters = draw_corpus(rng)
    tokenizer = CharTokenizer()
    returned = tokenizer.build_vocab(tuple(texts))
    entries = ["<UNK>", *letters]
    given, hint = {"corpus": texts}, "vocab, vocab_size, char_to_id and id_to_char belong together: refill all four."
    assert_equal(tokenizer.vocab_size, len(entries), call="vocab_size after build_vocab", given=given, hint=hint)
    want = {entry: n for n, entry in enumerate(entries)}
    assert_equal(tokenizer.char_to_id, want, call="char_to_id after build_vocab", given=given, hint=hint)
    want = dict(enumerate(entries))
    assert_equal(tokenizer.id_to_char, want, call="id_to_char after build_vocab", given=given, hint=hint)
    assert_equal(returned, None, call="build_vocab(corpus)", hint="It changes the tokenizer and returns nothing.")


@number("6.3")
@weight(2)
@visibility("hidden")
def test_build_vocab_forgets_the_old_vocabulary(rng):
    """build_vocab replaces an earlier vocabulary, the constructor's and its own."""
    letters, others = draw_letters(rng, 10)
    tokenizer = CharTokenizer(others[:4])
    given = {"first": others[:4], "then": ["".join(letters[:6])], "at last": ["".join(letters[4:])]}
    hint = "Start a new vocabulary in every call instead of adding to the old one."
    tokenizer.build_vocab(["".join(letters[:6])])
    found = sorted(tokenizer.vocab)
    call = "sorted vocab after build_vocab over the constructor's letters"
    assert_equal(found, sorted(["<UNK>", *letters[:6]]), call=call, given=given, hint=hint)
    tokenizer.build_vocab(["".join(letters[4:])])
    call = "sorted vocab after a second build_vocab"
    assert_equal(sorted(tokenizer.vocab), sorted(["<UNK>", *letters[4:]]), call=call, given=given, hint=hint)
    found = sorted(tokenizer.char_to_id)
    call = "the characters in char_to_id after a second build_vocab"
    assert_equal(found, sorted(["<UNK>", *letters[4:]]), call=call, given=given, hint=hint)


@number("6.4")
@weight(2)
@visibility("hidden")
def test_the_order_of_a_corpus_does_not_matter(rng):
    """The same texts in another order, or one of them twice, make the same vocabulary."""
    texts, letters = draw_corpus(rng)
    found = []
    for corpus in (texts, texts[::-1], [texts[2], *texts]):
        tokenizer = CharTokenizer()
        tokenizer.build_vocab(corpus)
        found.append(tokenizer.vocab)
    hint = "Sort what you found; a set has no order of its own, and the order of appearance is the corpus's."
    want = [["<UNK>", *letters]] * 3
    assert_equal(found, want, call="vocab of three orders of a corpus", given={"corpus": texts}, hint=hint)


@number("7")
@weight(2)
@visibility("hidden")
def test_characters_of_nothing(rng):
    """CharTokenizer() knows '<UNK>' alone; '' encodes to [] and [] decodes to ''; an empty corpus leaves '<UNK>'."""
    letters, _ = draw_letters(rng, 5)
    full = prepared(letters)
    numbers = draw_numbers(rng, 5, 8)
    given = {"vocab": ["<UNK>", *letters]}
    assert_equal(
        list(full.encode(spell(letters, numbers))), numbers, call="encode(text)", given=given, hint=ENCODE_HINT
    )
    assert_equal(
        [list(full.encode("")), full.decode([])], [[], ""], call="[encode(''), decode([])]", hint="No special case."
    )
    bare = CharTokenizer()
    hint = "Without letters there is '<UNK>' and nothing else: vocab_size 1."
    assert_equal(
        [bare.vocab, bare.vocab_size], [["<UNK>"], 1], call="[vocab, vocab_size] of CharTokenizer()", hint=hint
    )
    emptied = CharTokenizer(letters)
    emptied.build_vocab([])
    assert_equal(emptied.vocab, ["<UNK>"], call="vocab after build_vocab([])", hint="The old letters go.")
