"""BPETokenizer learns: words become tokens, the most frequent neighbours are joined, a vocabulary grows (33 points).

Corpora are drawn so that at every step one pair is more frequent than all others: which of two equal pairs is taken is the
student's affair. No word holds a letter twice. Words are split and pairs are found by the test's own parts, where training
is the subject, so that a slip in those costs its own checks only.
"""

from itertools import pairwise

import pytest
from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from taught_merges import lesson, pairs_of
from tinytorch.core.tokenization import BPETokenizer

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def draw_letters(rng, count):
    return [LETTERS[i] for i in rng.permutation(len(LETTERS))[:count]]


# The worked example of the course: low 9 times, lot 5, new 3, net 1, with letters that are drawn anew.
WORDS = {"low": 9, "lot": 5, "new": 3, "net": 1}
BASE = ["e", "l", "n", "o", "t</w>", "w</w>"]
MERGES = [("l", "o"), ("lo", "w</w>"), ("lo", "t</w>"), ("n", "e"), ("ne", "w</w>"), ("ne", "t</w>")]


class Example:
    """The worked example, with other letters."""

    def __init__(self, rng):
        self.letters = str.maketrans(dict(zip("lowten", draw_letters(rng, 6), strict=True)))
        self.corpus = [self.spell(word) for word, count in WORDS.items() for _ in range(count)]
        self.counts = {self.spell(word): count for word, count in WORDS.items()}
        self.base = sorted(self.spell(token) for token in BASE)
        self.merges = [(self.spell(left), self.spell(right)) for left, right in MERGES]

    def spell(self, token):
        """Translate a word or a token, and leave the marker of a word's end as it is."""
        text, marker = (token[:-4], "</w>") if token.endswith("</w>") else (token, "")
        return text.translate(self.letters) + marker


# Parts of the tokenizer


@number("8.1")
@weight(3)
@pytest.mark.parametrize("length", [1, 2, 7])
def test_words_become_tokens(rng, length):
    """_get_word_tokens splits a word into its characters, with '</w>' behind the last; '' has no tokens."""
    letters = draw_letters(rng, length)
    tokenizer, word = BPETokenizer(), "".join(letters)
    hint = "The marker belongs to the last character, and makes one token with it."
    found = tokenizer._get_word_tokens(word)
    assert_equal(list(found), [*letters[:-1], letters[-1] + "</w>"], call=f"_get_word_tokens({word!r})", hint=hint)
    found = list(tokenizer._get_word_tokens(""))
    assert_equal(found, [], call="_get_word_tokens('')", hint="A word without letters has no tokens.")


@number("8.2")
@weight(3)
@pytest.mark.parametrize("case", ["different", "repeated", "mirrored"])
def test_pairs_are_the_distinct_neighbours(rng, case):
    """_get_pairs gives the set of distinct neighbours, in the order left, right; fewer than two tokens give the empty set."""
    a, b, c, d = draw_letters(rng, 4)
    tokens = {"different": [a, b + c, d, c], "repeated": [a, b, a, b, c], "mirrored": [a + b, c, a + b]}[case]
    want = {
        "different": {(a, b + c), (b + c, d), (d, c)},
        "repeated": {(a, b), (b, a), (b, c)},
        "mirrored": {(a + b, c), (c, a + b)},
    }[case]
    tokenizer = BPETokenizer()
    hint = "A set of tuples (tokens[i], tokens[i + 1]) for every i that has a next token."
    found = tokenizer._get_pairs(tokens)
    assert_equal(
        type(found).__name__, "set", call=f"type of _get_pairs({tokens})", hint="Collect the pairs in a set()."
    )
    assert_equal(sorted(found), sorted(want), call=f"sorted(_get_pairs({tokens}))", hint=hint)
    found = [list(tokenizer._get_pairs([])), list(tokenizer._get_pairs([a]))]
    assert_equal(
        found, [[], []], call=f"[_get_pairs([]), _get_pairs([{a!r}])]", hint="A single token has no neighbour."
    )


@number("8.3")
@weight(2)
def test_mappings_number_the_vocabulary(rng):
    """_build_mappings fills token_to_id and id_to_token from vocab: a token's number is its place there."""
    letters = draw_letters(rng, 6)
    vocab = ["<UNK>", *letters, letters[0] + letters[1], letters[2] + "</w>"]
    tokenizer = BPETokenizer()
    tokenizer.vocab = vocab
    tokenizer._build_mappings()
    given, hint = {"vocab": vocab}, "enumerate(self.vocab) gives numbers and tokens."
    want = {token: n for n, token in enumerate(vocab)}
    assert_equal(tokenizer.token_to_id, want, call="token_to_id after _build_mappings()", given=given, hint=hint)
    found = tokenizer.id_to_token
    assert_equal(found, dict(enumerate(vocab)), call="id_to_token after _build_mappings()", given=given, hint=hint)


@number("9.1")
@weight(2)
@pytest.mark.parametrize("order", ["long first", "short first"])
def test_merges_apply_in_the_order_learnt(rng, order):
    """_apply_merges applies every merge once, in the order of merges: an early one can take a later one's tokens away."""
    a, b, c, d, *others = draw_letters(rng, 14)
    a, b, c, d = sorted((a, b, c, d))  # so that the alphabet's order is not the one learnt
    if order == "long first":
        pieces = {b + c: 40, a + b + c: 20, a + b: 30, c + d: 10}
        learnt, want = lesson(pieces, [(b, c), (a, b), (a, b + c), (c, d)], others), [a + b + c, d]
    else:
        pieces = {a + b: 50, b + c: 40, c + d: 10, a + b + c + d: 20}
        learnt, want = lesson(pieces, [(a, b), (b, c), (c, d), (a + b, c + d)], others), [a + b + c + d]
    hint = "Go through self.merges from first to last, and through the tokens once for each."
    found = list(learnt.taught()._apply_merges([a, b, c, d]))
    assert_equal(found, want, call=f"_apply_merges({[a, b, c, d]})", given={"merges": learnt.merges}, hint=hint)


@number("9.2")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("count", [2, 3, 5])
def test_merges_do_not_overlap(rng, count):
    """A merge goes from left to right without overlap: three equal tokens become a pair and one that is left over."""
    a, b, *others = draw_letters(rng, 12)
    tokenizer = lesson({a + a: 20}, [(a, a)], others).taught()
    tokens = [b, *[a] * count, b]
    want = [b, *[a + a] * (count // 2), *[a] * (count % 2), b]
    hint = "After a hit go on behind both tokens."
    found = list(tokenizer._apply_merges(tokens))
    assert_equal(found, want, call=f"_apply_merges({tokens})", given={"merges": [(a, a)]}, hint=hint)


@number("9.3")
@weight(1)
@visibility("hidden")
def test_no_merge_no_change(rng):
    """Without merges, and where no merge fits, tokens stay as they are; where one fits, all of its places are joined."""
    a, b, c, d, *others = draw_letters(rng, 14)
    tokens = [a, b, c, a, b]
    fits_nowhere = lesson({b + a: 30, c + d: 20}, [(b, a), (c, d)], others)
    found = [list(tokenizer._apply_merges(tokens)) for tokenizer in (BPETokenizer(), fits_nowhere.taught())]
    call = f"_apply_merges({tokens}) without merges, and with merges that fit nowhere"
    assert_equal(found, [tokens, tokens], call=call, hint="Join nothing but the pair itself, in its order.")
    found = list(lesson({a + b: 20}, [(a, b)], others).taught()._apply_merges(tokens))
    want = [a + b, c, a + b]
    assert_equal(found, want, call=f"_apply_merges({tokens})", given={"merges": [(a, b)]}, hint="Join every place.")


# Training


@number("10.1")
@weight(2)
def test_the_worked_example(rng):
    """Of a word 9 times, one 5 times, one 3 times and one once: merges are learnt, most frequent pair first."""
    example = Example(rng)
    tokenizer = BPETokenizer()
    tokenizer.train(example.corpus, vocab_size=13)
    given, hint = (
        {"corpus": example.counts},
        "Count every pair of neighbours, times the number of times its word occurs.",
    )
    found = [tuple(pair) if isinstance(pair, list) else pair for pair in tokenizer.merges]
    assert_equal(found, example.merges, call="merges after train(corpus, vocab_size=13)", given=given, hint=hint)


def split_word(word):
    return [*word[:-1], word[-1] + "</w>"]


def join_pair(tokens, pair):
    """Join a pair in a word that holds no token twice."""
    for i in range(len(tokens) - 1):
        if (tokens[i], tokens[i + 1]) == pair:
            return [*tokens[:i], tokens[i] + tokens[i + 1], *tokens[i + 2 :]]
    return tokens


def learn(frequencies, count):
    """Return the first `count` merges, or None if two pairs are equally frequent at some step, or none is left."""
    words, merges = {word: split_word(word) for word in frequencies}, []
    for _ in range(count):
        pairs = {}
        for word, tokens in words.items():
            for pair in pairwise(tokens):
                pairs[pair] = pairs.get(pair, 0) + frequencies[word]
        ranking = sorted(pairs.values(), reverse=True)
        if len(ranking) < 2 or ranking[0] == ranking[1]:
            return None
        merges.append(max(pairs, key=pairs.get))
        words = {word: join_pair(tokens, merges[-1]) for word, tokens in words.items()}
    return merges


def draw_corpus(rng, count):
    """Return words, every one once, and the first `count` merges that they teach beyond doubt."""
    while True:
        letters = draw_letters(rng, 7)
        favourites = [letters[i] + letters[j] for i, j in [(0, 1), (2, 3), (1, 4)]]
        words = set()
        while len(words) < 30:
            part = favourites[int(rng.integers(3))] if rng.random() < 0.6 else ""
            rest = [letters[i] for i in rng.permutation(7) if letters[i] not in part]
            at = int(rng.integers(0, 3))
            words.add("".join([*rest[:at], part, *rest[at : 4 - len(part) + int(rng.integers(2))]]))
        corpus = [word for word in sorted(words) if len(word) > 1]
        merges = learn(dict.fromkeys(corpus, 1), count)
        if merges and len({"".join(pair) for pair in merges}) == count:
            return [corpus[i] for i in rng.permutation(len(corpus))], merges


def base_of(corpus):
    """Return the vocabulary before the first merge."""
    return ["<UNK>", *sorted({token for word in corpus for token in split_word(word)})]


@in_candidate
def neighbours(tokens):
    return {(tokens[i], tokens[i + 1]) for i in range(len(tokens) - 1)}


@in_candidate
def trained(corpora, *sizes):
    """Train a tokenizer once for each corpus, with its words split and its pairs found as the course says.

    sizes: the target given to the constructor, then those given to train, None for none.
    """
    tokenizer = BPETokenizer(sizes[0])
    tokenizer._get_word_tokens = lambda word: [*word[:-1], word[-1] + "</w>"] if word else []
    tokenizer._get_pairs = neighbours
    for corpus, size in zip(corpora, sizes[1:], strict=True):
        if size is None:
            tokenizer.train(corpus)
        else:
            tokenizer.train(corpus, vocab_size=size)
    return {
        "vocab": tokenizer.vocab,
        "merges": tokenizer.merges,
        "vocab_size": tokenizer.vocab_size,
        "token_to_id": tokenizer.token_to_id,
        "id_to_token": tokenizer.id_to_token,
    }


@number("10.2")
@weight(5)
@visibility("hidden")
@pytest.mark.parametrize("count", [2, 5])
def test_merges_are_learnt_most_frequent_first(rng, count):
    """train learns the most frequent pair, joins it in all words, and counts again."""
    corpus, merges = draw_corpus(rng, count)
    found = trained([corpus], len(base_of(corpus)) + count, None)
    hint = "Count pairs anew after every merge, in the words as they are then."
    call = f"the first {count} merges after train(corpus)"
    assert_equal(pairs_of(found["merges"])[:count], merges, call=call, given={"corpus": corpus}, hint=hint)


@number("10.3")
@weight(2)
@visibility("hidden")
def test_the_vocabulary_begins_with_sorted_tokens(rng):
    """vocab begins with '<UNK>' and all distinct tokens of the words, sorted; a final letter is a token of its own."""
    corpus, _ = draw_corpus(rng, 2)
    base = base_of(corpus)
    found = trained([corpus], len(base) + 2, None)["vocab"]
    hint = "['<UNK>'] + sorted(set of the tokens of all words): 'o' and 'o</w>' are two tokens."
    assert_equal(found[: len(base)], base, call="the vocabulary before merges", given={"corpus": corpus}, hint=hint)


@number("10.4")
@weight(1)
@visibility("hidden")
def test_the_vocabulary_grows_by_joined_tokens(rng):
    """Behind the base vocabulary, vocab holds the joined tokens in the order learnt, and both dictionaries know them."""
    corpus, merges = draw_corpus(rng, 4)
    size = len(base_of(corpus)) + 4
    found = trained([corpus], size, None)
    joined = [left + right for left, right in merges]
    hint = "Append left + right to vocab with every merge, and call _build_mappings at the end."
    given = {"corpus": corpus}
    assert_equal(found["vocab"][-4:], joined, call="the last 4 tokens of vocab", given=given, hint=hint)
    numbers = [found["token_to_id"].get(token) for token in joined]
    call = f"token_to_id of {joined}"
    assert_equal(numbers, list(range(size - 4, size)), call=call, given=given, hint=hint)
    tokens = [found["id_to_token"].get(n) for n in range(size - 4, size)]
    assert_equal(tokens, joined, call=f"id_to_token of {size - 4} to {size - 1}", given=given, hint=hint)


@number("10.5")
@weight(2.4)
@visibility("hidden")
@pytest.mark.parametrize("case", ["three more", "as many as there are", "the base alone", "less than the base"])
def test_training_stops_at_its_target(rng, case):
    """Training stops when vocab has vocab_size entries or no pair is left; it never cuts the base vocabulary."""
    example = Example(rng)
    base = ["<UNK>", *example.base]
    target, count = {
        "three more": (10, 3),
        "as many as there are": (50, 6),
        "the base alone": (7, 0),
        "less than the base": (3, 0),
    }[case]
    found = trained([example.corpus], target, None)
    given = {"corpus": example.counts, "vocab_size": target}
    hint = "while len(self.vocab) < self.vocab_size, and break when there is no pair."
    assert_equal(len(found["merges"]), count, call="len(merges)", given=given, hint=hint)
    joined = {left + right for left, right in pairs_of(found["merges"])}
    all_joined = {left + right for left, right in example.merges}
    assert_equal(sorted(joined - all_joined), [], call="merges that the words do not hold", given=given, hint=hint)
    assert_equal(len(joined), count, call="the number of different joined tokens", given=given, hint=hint)
    want = sorted(base) + sorted(joined)
    found_sorted = sorted(token for token in found["vocab"] if token not in joined) + sorted(joined)
    assert_equal(found_sorted, want, call="the base tokens in vocab, then the joined ones", given=given, hint=hint)
    hint = "vocab_size is the target, whatever length was reached."
    assert_equal(found["vocab_size"], target, call="vocab_size after training", given=given, hint=hint)


@number("10.6")
@weight(1.6)
@visibility("hidden")
def test_the_target_can_be_given_to_train(rng):
    """train(corpus, vocab_size=n) replaces the target; without it, or with 0, the constructor's stays."""
    example = Example(rng)
    found = [trained([example.corpus], *sizes) for sizes in ((100, 9), (11, None), (11, 0))]
    lengths = [[len(result["merges"]), result["vocab_size"]] for result in found]
    hint = "If vocab_size is given and not 0, it becomes self.vocab_size before anything else happens."
    call = "[number of merges, vocab_size] with targets 9 given to train, then 11 to the constructor, with None and 0"
    assert_equal(lengths, [[2, 9], [4, 11], [4, 11]], call=call, given={"corpus": example.counts}, hint=hint)
    joined = {left + right for left, right in example.merges}
    strangers = [left + right for left, right in pairs_of(found[1]["merges"]) if left + right not in joined]
    assert_equal(strangers, [], call="merges that the words do not hold", given={"corpus": example.counts})


@number("10.7")
@weight(4)
@visibility("hidden")
@pytest.mark.parametrize("first", ["frequent word first", "frequent word last"])
def test_a_frequent_word_outweighs_many_rare_ones(rng, first):
    """A pair in one word seen 20 times is learnt before a pair that five different words hold once each."""
    a, b, c, d, *ends = draw_letters(rng, 9)
    often, rare = [a + b] * 20, [c + d + end for end in ends]
    corpus = often + rare if first == "frequent word first" else rare + often
    found = trained([corpus], len(base_of(corpus)) + 2, None)
    hint = "A word that occurs 20 times counts 20 times: keep its frequency, or count its every occurrence."
    given = {"corpus": f"{a + b} 20 times, and {', '.join(rare)}"}
    want = [(a, b + "</w>"), (c, d)]
    assert_equal(pairs_of(found["merges"])[:2], want, call="the first 2 merges", given=given, hint=hint)


def is_pair_of_tokens(pair, corpus):
    """Whether this is a pair of texts made of the corpus's letters."""
    is_of_texts = isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(part, str) for part in pair)
    return is_of_texts and set("".join(pair).replace("</w>", "")) <= set("".join(corpus))


@number("10.8")
@weight(2)
@visibility("hidden")
def test_training_again_starts_afresh(rng):
    """A second train forgets the first corpus; train([]) leaves '<UNK>' alone."""
    corpus, merges = draw_corpus(rng, 3)
    a, b, c = draw_letters(rng, 3)
    size = len(base_of(corpus)) + 3
    found = trained([[a + b + c, a + b], corpus], size, None, None)
    hint = "Start every training with an empty list of merges and a new vocabulary."
    given = {"first": [a + b + c, a + b], "then": corpus}
    call = "merges after a second train"
    own = pairs_of(trained([corpus], size, None)["merges"])  # which pairs are learnt is the matter of other checks
    is_learnt = isinstance(own, list) and len(own) == 3 and all(is_pair_of_tokens(pair, corpus) for pair in own)
    assert_equal(pairs_of(found["merges"]), own if is_learnt else merges, call=call, given=given, hint=hint)
    assert_equal(len(found["vocab"]), size, call="len(vocab) after a second train", given=given, hint=hint)
    found = trained([corpus, []], size, None, None)
    left = [found["vocab"], found["merges"]]
    assert_equal(left, [["<UNK>"], []], call="[vocab, merges] after train([])", given={"first": corpus}, hint=hint)


@number("10.9 (S)")
@weight(0)
@visibility("hidden")
def test_ties_do_not_depend_on_the_order_of_the_corpus(rng):
    """(S) Not graded: a corpus full of ties teaches the same merges in any order."""
    letters = draw_letters(rng, 8)
    corpus = [x + y for x in letters[:4] for y in letters[4:]] * 2
    results = [trained([[corpus[i] for i in rng.permutation(len(corpus))]], 21, None) for _ in range(4)]
    hint = "Beyond the course: no points are lost here. Of equally frequent pairs, take the smallest."
    found = [pairs_of(result["merges"]) for result in results]
    assert_equal(len(found[0]), 12, call="len(merges)", given={"corpus": sorted(corpus)}, hint=hint)
    assert_equal(found, found[:1] * 4, call="merges of one corpus in four orders", hint=hint)
