"""What encoding, decoding and training may cost, as a multiple of the reference's cost on the same machine (13 points).

Numbers and characters are summed up row by row with random weights, so that every one of them counts. Vocabularies, merges
and dictionaries are right whatever made them, and training alone is measured by what it learns: from corpora that leave no doubt
which pair is the most frequent.
"""

from itertools import pairwise

import numpy as np
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import hold
from marks import budget, in_candidate
from taught_merges import Lesson, pairs_of, taught
from tinytorch.core.tokenization import BPETokenizer, CharTokenizer

LENGTH, ROW = 300_000, 1000
LETTERS = "abcdefghijklmnopqrstuvwxyz"


# Characters


def draw_text(rng):
    """Return 2,000 characters in random order, the numbers of 300,000 of them, the text they make, and weights for a row."""
    letters = [chr(0x4E00 + int(n)) for n in rng.permutation(5000)[:2000]]
    numbers = rng.integers(1, 2001, LENGTH)
    text = "".join(np.array(["<", *letters])[numbers].tolist())
    return letters, numbers, text, rng.standard_normal(ROW)


@in_candidate
def full_tokenizer(letters, numbers, text, weights):
    """Fill, unmeasured, the attributes of a CharTokenizer."""
    try:
        tokenizer = CharTokenizer(letters)
    except Exception:  # which is charged where the constructor is asked for
        tokenizer = CharTokenizer()
    vocab = ["<UNK>", *letters]
    places = {letter: n for n, letter in enumerate(vocab)}
    hold(tokenizer, vocab=vocab, vocab_size=len(vocab), unk_id=0, char_to_id=places, id_to_char=dict(enumerate(vocab)))
    return tokenizer, numbers.tolist(), text, weights


@in_candidate
def encode_text(state):
    tokenizer, _, text, weights = state
    return np.array(tokenizer.encode(text), dtype=np.float64).reshape(-1, len(weights)) @ weights


@in_candidate
def decode_numbers(state):
    tokenizer, numbers, _, weights = state
    points = np.frombuffer(tokenizer.decode(numbers).encode("utf-32-le"), dtype=np.uint32)
    return points.astype(np.float64).reshape(-1, len(weights)) @ weights


def summed_numbers(letters, numbers, text, weights):
    return numbers.astype(np.float64).reshape(-1, ROW) @ weights


def summed_characters(letters, numbers, text, weights):
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.float64).reshape(-1, ROW) @ weights


@number("14.1")
@weight(4)
@budget(cpu=5.0)
def test_encoding_looks_characters_up(measure):
    """Encoding 300,000 characters with a vocabulary of 2,000 takes at most 5 times the reference's CPU time."""
    measure(encode_text, setup=full_tokenizer, inputs=draw_text, answer=summed_numbers)


@number("14.2")
@weight(1)
@budget(cpu=5.0)
def test_decoding_looks_numbers_up(measure):
    """Decoding 300,000 numbers with a vocabulary of 2,000 takes at most 5 times the reference's CPU time."""
    measure(decode_numbers, setup=full_tokenizer, inputs=draw_text, answer=summed_characters)


# Training: 25 merges from 500 different words, each of them up to 60 times.

WORDS, REPEATED, LEARNT = 500, 60, 25


def split_word(word):
    return [*word[:-1], word[-1] + "</w>"]


def join_pair(tokens, pair):
    """Join a pair in a word that holds no token twice."""
    for i in range(len(tokens) - 1):
        if (tokens[i], tokens[i + 1]) == pair:
            return [*tokens[:i], tokens[i] + tokens[i + 1], *tokens[i + 2 :]]
    return tokens


def learn(frequencies, count):
    """Return the first `count` merges, or None as soon as two pairs are equally frequent."""
    words, merges = {word: split_word(word) for word in frequencies}, []
    for _ in range(count):
        pairs = {}
        for word, tokens in words.items():
            for pair in pairwise(tokens):
                pairs[pair] = pairs.get(pair, 0) + frequencies[word]
        best, second = sorted(pairs.values())[:-3:-1]
        if best == second:
            return None
        merges.append(max(pairs, key=pairs.get))
        words = {word: join_pair(tokens, merges[-1]) for word, tokens in words.items()}
    return merges


def draw_frequencies(rng):
    """Return the frequency of each of 500 words without a letter twice; some letters are far more common than others."""
    shares = rng.dirichlet(np.full(26, 0.7)) + 0.002
    words = set()
    while len(words) < WORDS:
        drawn = rng.choice(26, int(rng.integers(3, 9)), replace=False, p=shares / shares.sum())
        words.add("".join(LETTERS[i] for i in drawn))
    return {word: int(rng.integers(1, REPEATED + 1)) for word in sorted(words)}


def draw_corpus(rng):
    """Return a corpus without ties, its words in random order, and the length of vocabulary that takes 25 merges."""
    while not learn(frequencies := draw_frequencies(rng), LEARNT):
        pass
    base = len({token for word in frequencies for token in split_word(word)}) + 1
    corpus = [word for word, count in frequencies.items() for _ in range(count)]
    return [corpus[i] for i in rng.permutation(len(corpus))], base + LEARNT


@in_candidate
def train(corpus, size):
    """Train, and return a number for each merge, which its two tokens decide, and the length of the vocabulary."""
    tokenizer = BPETokenizer(size)
    tokenizer.train(corpus)
    spelt = [f"{left} {right}" for left, right in pairs_of(tokenizer.merges)]
    return [float(sum(ord(c) * (i + 1) for i, c in enumerate(text))) for text in spelt] + [len(tokenizer.vocab)]


def trained(corpus, size):
    frequencies = {}
    for word in corpus:
        frequencies[word] = frequencies.get(word, 0) + 1
    spelt = [f"{left} {right}" for left, right in learn(frequencies, LEARNT)]
    return [float(sum(ord(c) * (i + 1) for i, c in enumerate(text))) for text in spelt] + [size]


@number("14.3")
@weight(5)
@budget(cpu=4.0)
@visibility("hidden")
def test_training_counts_each_word_once(measure):
    """Learning 25 merges from 15,000 words, 500 of them different, takes at most 4 times the reference's CPU time."""
    measure(train, inputs=draw_corpus, answer=trained, rtol=0, atol=0)


# Encoding with 282 merges: 500 long words, made of tokens that were learnt.


def draw_learnt(rng):
    """Return words with their frequencies, the merges that they teach, a text of 500 words, and weights for its tokens."""
    letters = [chr(0x4E00 + int(n)) for n in rng.permutation(5000)[:376]]
    frequencies, merges, insides, ends = {}, {}, [], []
    for k in range(94):  # of each four letters the first two are joined, and then the pair with either of the others
        p, o, w, t = letters[4 * k : 4 * k + 4]
        frequencies[p + o + w], frequencies[p + o + t] = 4 * k + 1, 4 * k + 2
        merges[p, o] = 8 * k + 3  # no other pair occurs as often
        merges[p + o, f"{w}</w>"], merges[p + o, f"{t}</w>"] = 4 * k + 1, 4 * k + 2
        insides += [p, p + o, p + o, p + o]
        ends += [p + o + w, p + o + t]
    learnt = sorted(merges, key=lambda pair: -merges[pair])
    words = []
    for _ in range(500):
        inside = [insides[int(i)] for i in rng.integers(0, len(insides), int(rng.integers(10, 21)))]
        words.append("".join([*inside, ends[int(rng.integers(len(ends)))]]))
    return frequencies, learnt, " ".join(words), rng.standard_normal(20_000)


@in_candidate
def learnt_tokenizer(frequencies, merges, text, weights):
    """Teach, unmeasured, a BPETokenizer."""
    letters = sorted({token for word in frequencies for token in [*word[:-1], word[-1] + "</w>"]})
    vocab = ["<UNK>", *letters, *[left + right for left, right in merges]]
    return taught(frequencies, vocab, [tuple(pair) for pair in merges]), text, weights


@in_candidate
def encode_words(state):
    """Return how many tokens there are, and their weighted sums, a hundred tokens at a time."""
    tokenizer, text, weights = state
    numbers = np.array(tokenizer.encode(text), dtype=np.float64)
    padded = np.zeros(len(weights))
    padded[: len(numbers)] = numbers * weights[: len(numbers)]
    return np.append(padded.reshape(-1, 100).sum(axis=1), len(numbers))


def encoded_words(frequencies, merges, text, weights):
    """Join, in each word, the pair that was learnt first, again and again: no pair can come up after its turn."""
    ranks = {pair: n for n, pair in enumerate(merges)}
    places = {token: n for n, token in enumerate(Lesson(frequencies, merges).vocab)}
    numbers = []
    for word in text.split():
        tokens = split_word(word)
        while (best := min(ranks.get(pair, 999) for pair in [*pairwise(tokens), ()])) < 999:
            tokens = join_all(tokens, merges[best])
        numbers += [places[token] for token in tokens]
    padded = np.zeros(len(weights))
    padded[: len(numbers)] = np.array(numbers) * weights[: len(numbers)]
    return np.append(padded.reshape(-1, 100).sum(axis=1), len(numbers))


def join_all(tokens, pair):
    joined, i = [], 0
    while i < len(tokens):
        step = 2 if tuple(tokens[i : i + 2]) == pair else 1
        joined.append("".join(tokens[i : i + step]))
        i += step
    return joined


@number("14.4")
@weight(3)
@budget(cpu=4.0)
@visibility("hidden")
def test_encoding_applies_each_merge_once(measure):
    """Encoding 500 words with 282 merges takes at most 4 times the reference's CPU time."""
    measure(encode_words, setup=learnt_tokenizer, inputs=draw_learnt, answer=encoded_words)
