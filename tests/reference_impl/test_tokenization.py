"""The reference's tokenizers: worked examples, round trips, and what training promises for any corpus."""

import random

import numpy as np
import pytest
from tinytorch.core.tokenization import BPETokenizer, CharTokenizer, Tokenizer, merge

CORPUS = ["low"] * 9 + ["lot"] * 5 + ["new"] * 3 + ["net"]
MERGES = [("l", "o"), ("lo", "w</w>"), ("lo", "t</w>"), ("n", "e"), ("ne", "w</w>"), ("ne", "t</w>")]
VOCAB = "<UNK> e l n o t</w> w</w> lo low</w> lot</w> ne new</w> net</w>".split()


def trained(corpus=CORPUS, vocab_size=13):
    tokenizer = BPETokenizer(vocab_size)
    tokenizer.train(corpus)
    return tokenizer


def test_the_base_class_leaves_both_to_others():
    for method in (Tokenizer().encode, Tokenizer().decode):
        with pytest.raises(NotImplementedError, match=r"Tokenizer\."):
            method("ab")
    assert issubclass(CharTokenizer, Tokenizer)
    assert issubclass(BPETokenizer, Tokenizer)


def test_characters_by_hand():
    tokenizer = CharTokenizer(["h", "e", "l", "o"])
    assert tokenizer.vocab == ["<UNK>", "h", "e", "l", "o"]
    assert (tokenizer.vocab_size, tokenizer.unk_id) == (5, 0)
    assert tokenizer.char_to_id == {"<UNK>": 0, "h": 1, "e": 2, "l": 3, "o": 4}
    assert tokenizer.id_to_char == {0: "<UNK>", 1: "h", 2: "e", 3: "l", 4: "o"}
    assert tokenizer.encode("hello!") == [1, 2, 3, 3, 4, 0]
    assert tokenizer.decode([np.int64(1), np.int32(2), 0, -1, 5]) == "he<UNK><UNK><UNK>"
    assert CharTokenizer().vocab == ["<UNK>"]


def test_a_vocabulary_is_built_anew():
    tokenizer = CharTokenizer(["q"])
    assert tokenizer.build_vocab(iter(["b a", "ca\n"])) is None
    assert tokenizer.vocab == ["<UNK>", "\n", " ", "a", "b", "c"]
    assert tokenizer.encode("qa") == [0, 3]
    tokenizer.build_vocab([])
    assert (tokenizer.vocab, tokenizer.vocab_size, tokenizer.encode("a")) == (["<UNK>"], 1, [0])


def test_texts_come_back():
    letters = "aZ \n\té漢\U0001f600"
    tokenizer = CharTokenizer()
    tokenizer.build_vocab([letters])
    draw = random.Random(10)
    for length in range(40):
        text = "".join(draw.choices(letters, k=length))
        assert tokenizer.decode(tokenizer.encode(text)) == text


def test_an_untrained_tokenizer_knows_nothing():
    tokenizer = BPETokenizer()
    assert (tokenizer.vocab_size, tokenizer.vocab, tokenizer.merges) == (1000, [], [])
    assert (tokenizer.token_to_id, tokenizer.id_to_token) == ({}, {})
    assert (tokenizer.encode("low"), tokenizer.decode([0, 1])) == ([], "")


def test_words_and_pairs():
    tokenizer = BPETokenizer()
    assert [tokenizer._get_word_tokens(word) for word in ("low", "a", "")] == [["l", "o", "w</w>"], ["a</w>"], []]
    assert tokenizer._get_pairs(["a", "b", "a", "b"]) == {("a", "b"), ("b", "a")}
    assert tokenizer._get_pairs(["a"]) == tokenizer._get_pairs([]) == set()


@pytest.mark.parametrize(("target", "learnt"), [(13, 6), (10, 3), (50, 6), (7, 0), (2, 0)])
def test_the_worked_example(target, learnt):
    tokenizer = trained(vocab_size=target)
    assert tokenizer.merges == MERGES[:learnt]
    assert tokenizer.vocab == VOCAB[: 7 + learnt]
    assert tokenizer.token_to_id == {token: number for number, token in enumerate(tokenizer.vocab)}
    assert tokenizer.id_to_token == dict(enumerate(tokenizer.vocab))
    assert tokenizer.vocab_size == target


@pytest.mark.parametrize(
    ("text", "numbers", "back"),
    [
        ("low  net\n", [8, 12], "low net"),
        ("lot lots", [9, 7, 0, 0], "lot lo<UNK><UNK>"),
        ("newt", [10, 0, 5], "ne<UNK>t"),
        ("two", [0, 0, 0], "<UNK><UNK><UNK>"),
        ("", [], ""),
    ],
)
def test_encoding_and_decoding_of_the_worked_example(text, numbers, back):
    tokenizer = trained()
    assert tokenizer.encode(text) == numbers
    assert tokenizer.decode(numbers) == back
    assert tokenizer.decode([8, np.int64(99), -1]) == "low <UNK><UNK>"


def test_training_again_starts_afresh():
    tokenizer = trained()
    tokenizer.train(["ab", "ab"], vocab_size=4)
    assert (tokenizer.vocab_size, tokenizer.vocab, tokenizer.merges) == (
        4,
        ["<UNK>", "a", "b</w>", "ab</w>"],
        [("a", "b</w>")],
    )
    tokenizer.train([], vocab_size=0)
    assert (tokenizer.vocab_size, tokenizer.vocab, tokenizer.merges) == (4, ["<UNK>"], [])


def test_frequency_counts_words_not_spellings():
    corpus = ["ab"] * 20 + ["cdx", "cdy", "cdz", "cdv", "cdw"]
    assert trained(corpus, 12).merges[0] == ("a", "b</w>")


def test_merges_do_not_overlap_and_keep_their_order():
    assert merge(["a", "a", "a"], ("a", "a")) == ["aa", "a"]
    tokenizer = BPETokenizer()
    tokenizer.merges = [("b", "c"), ("a", "b")]
    assert tokenizer._apply_merges(["a", "b", "c"]) == ["a", "bc"]
    tokenizer.merges.reverse()
    assert tokenizer._apply_merges(["a", "b", "c"]) == ["ab", "c"]


def test_a_corpus_full_of_ties_in_any_order():
    corpus = ["ab", "cd", "ef", "abcd", "efab", "ba", "dc"] * 2
    first = trained(corpus, 30)
    for seed in range(10):
        random.Random(seed).shuffle(corpus)
        again = trained(corpus, 30)
        assert (again.merges, again.vocab) == (first.merges, first.vocab)


def test_a_token_spelt_in_two_ways_has_one_place():
    tokenizer = trained(["abc"] * 5 + ["abd"] * 3 + ["xbc"] * 4, 40)
    assert len(set(tokenizer.vocab)) == len(tokenizer.vocab)


def test_words_of_the_corpus_come_back():
    draw = random.Random(11)
    corpus = ["".join(draw.choices("abcde", k=draw.randint(1, 6))) for _ in range(200)]
    tokenizer = trained(corpus, 80)
    text = "  ".join(corpus)
    assert tokenizer.decode(tokenizer.encode(text)) == " ".join(corpus)
    assert len(tokenizer.vocab) == 80
