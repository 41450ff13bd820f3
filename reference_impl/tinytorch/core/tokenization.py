"""Tokenization: text becomes a list of numbers, and comes back.

`CharTokenizer` gives every character a number of its own. `BPETokenizer` starts there and learns from a corpus which
neighbours to join, the most frequent pair first, so that common words cost one number and rare ones still have some.
Number 0 is `<UNK>`, whatever is not in the vocabulary. Source: Sennrich et al. 2016, algorithm 1.
"""

from collections import Counter
from itertools import pairwise

KB_TO_BYTES = 1024

UNKNOWN = "<UNK>"
END_OF_WORD = "</w>"


class Tokenizer:
    """What every tokenizer can do. The base class itself can be made, and raises NotImplementedError for both."""

    def encode(self, text):
        """Return the numbers of a text: a list of ints."""
        raise NotImplementedError(f"{type(self).__name__}.encode is not written")

    def decode(self, tokens):
        """Return the text of a list of numbers."""
        raise NotImplementedError(f"{type(self).__name__}.decode is not written")


class CharTokenizer(Tokenizer):
    """One number for each character.

    vocab: a list of characters, behind '<UNK>' in the attribute of that name. vocab_size counts '<UNK>' too. char_to_id and
    id_to_char are dictionaries, each the other's inverse; unk_id is 0. These attributes are all there is: encode and decode
    use what they hold at the call, whoever filled them.
    """

    def __init__(self, vocab=None):
        self._set_vocab(vocab or [])

    def _set_vocab(self, characters):
        self.vocab = [UNKNOWN, *characters]
        self.vocab_size = len(self.vocab)
        self.char_to_id = {character: number for number, character in enumerate(self.vocab)}
        self.id_to_char = dict(enumerate(self.vocab))
        self.unk_id = 0

    def build_vocab(self, corpus):
        """Take the distinct characters of all texts in corpus, in the order of their code points, instead of the old ones."""
        self._set_vocab(sorted(set("".join(corpus))))

    def encode(self, text):
        """Return one int for each character; characters outside the vocabulary give 0."""
        return [self.char_to_id.get(character, self.unk_id) for character in text]

    def decode(self, tokens):
        """Join the characters; 0 and every number outside the vocabulary, negative ones too, give '<UNK>'.

        tokens: Python or NumPy integers.
        """
        return "".join(self.id_to_char.get(token, UNKNOWN) for token in tokens)


class BPETokenizer(Tokenizer):
    """Byte-pair encoding: characters, and the pairs of tokens that were joined because they were frequent.

    vocab_size: the length of vocab that training aims at, whatever is reached. vocab: a list of tokens; merges: the pairs
    (left, right) in the order learnt; token_to_id and id_to_token: dictionaries. All four are empty before training, and all
    there is afterwards: encode and decode use what they hold at the call, whoever filled them.
    """

    def __init__(self, vocab_size=1000):
        self.vocab_size = vocab_size
        self.vocab, self.merges = [], []
        self._build_mappings()

    def _get_word_tokens(self, word):
        """Split a word into its characters, the last with '</w>' behind it: 'low' is ['l', 'o', 'w</w>'], '' is []."""
        return [*word[:-1], word[-1] + END_OF_WORD] if word else []

    def _get_pairs(self, word_tokens):
        """Return the set of distinct neighbours (left, right); fewer than two tokens have none."""
        return set(pairwise(word_tokens))

    def train(self, corpus, vocab_size=None):
        """Learn a vocabulary and its merges from a list of words, in which a word may occur any number of times.

        vocab_size replaces the attribute, unless None or 0. What was learnt before is dropped. The vocabulary starts with
        '<UNK>' and all distinct tokens of the words, sorted. While it is shorter than vocab_size, the pair that is most
        frequent is joined in every word, appended to merges as (left, right) and to vocab as one token; training stops
        early when no pair is left. A pair counts once for each occurrence of a word that holds it; of equally frequent
        pairs this code takes the smallest.
        """
        self.vocab_size = vocab_size or self.vocab_size
        frequencies = Counter(corpus)
        words = {word: self._get_word_tokens(word) for word in frequencies}
        self.vocab = [UNKNOWN, *sorted({token for tokens in words.values() for token in tokens})]
        self.merges = []
        while len(self.vocab) < self.vocab_size:
            counts = Counter()
            for word, tokens in words.items():
                for pair in self._get_pairs(tokens):
                    counts[pair] += frequencies[word]
            if not counts:
                break
            best = min(counts, key=lambda pair: (-counts[pair], pair))
            words = {word: merge(tokens, best) for word, tokens in words.items()}
            self.merges.append(best)
            if "".join(best) not in self.vocab:  # two ways of joining may spell the same token
                self.vocab.append("".join(best))
        self._build_mappings()

    def _build_mappings(self):
        """Make token_to_id and id_to_token from vocab: a token's number is its place there."""
        self.token_to_id = {token: number for number, token in enumerate(self.vocab)}
        self.id_to_token = dict(enumerate(self.vocab))

    def _apply_merges(self, tokens):
        """Join tokens as learnt: each merge once, in the order learnt, from left to right and without overlap."""
        for pair in self.merges:
            tokens = merge(tokens, pair)
        return tokens

    def encode(self, text):
        """Split text at whitespace, apply the merges to each word, and return the tokens' numbers.

        Tokens outside the vocabulary give 0. An untrained tokenizer, and a text without words, give [].
        """
        if not self.vocab:
            return []
        tokens = [token for word in text.split() for token in self._apply_merges(self._get_word_tokens(word))]
        return [self.token_to_id.get(token, 0) for token in tokens]

    def decode(self, tokens):
        """Join the tokens; each '</w>' becomes one space, with none at either end. Unknown numbers give '<UNK>'.

        An untrained tokenizer gives ''.
        """
        if not self.vocab:
            return ""
        text = "".join(self.id_to_token.get(token, UNKNOWN) for token in tokens)
        return " ".join(text.replace(END_OF_WORD, " ").split())


def merge(tokens, pair):
    """Return tokens with each occurrence of pair joined, from left to right: 'a', 'a', 'a' with ('a', 'a') is 'aa', 'a'."""
    left, right = pair
    merged, i = [], 0
    while i < len(tokens):
        if tokens[i] == left and i + 1 < len(tokens) and tokens[i + 1] == right:
            merged.append(left + right)
            i += 2
        else:
            merged.append(tokens[i])
            i += 1
    return merged
