"""Tokenizers: dictionaries that know what to do with strangers, pairs with names, and tables of their own beside the contract's."""

import itertools
import re
from collections import Counter, defaultdict
from typing import NamedTuple

KB_TO_BYTES = 1 << 10
UNK = "<UNK>"
EOW = "</w>"


class Pair(NamedTuple):
    left: str
    right: str


class Ids(dict):
    def __missing__(self, key):
        return 0


class Texts(dict):
    def __missing__(self, key):
        return UNK


class Tokenizer:
    def encode(self, text):
        raise NotImplementedError

    def decode(self, tokens):
        raise NotImplementedError


class CharTokenizer(Tokenizer):
    unk_id = 0

    def __init__(self, vocab=None):
        self._use([] if vocab is None else vocab)

    def _use(self, chars):
        self.vocab = [UNK, *chars]
        self.id_to_char = Texts(enumerate(self.vocab))
        self.char_to_id = Ids({c: i for i, c in self.id_to_char.items()})
        self._codes = {ord(c): i for i, c in enumerate(self.vocab) if len(c) == 1}

    @property
    def vocab_size(self):
        return len(self.vocab)

    def build_vocab(self, corpus):
        self._use(sorted(set().union(*map(set, corpus))))

    def encode(self, text):
        return [self._codes.get(ord(c), self.unk_id) for c in text]

    def decode(self, tokens):
        texts = self.vocab
        return "".join([texts[t] if 0 < t < len(texts) else UNK for t in map(int, tokens)])


class BPETokenizer(Tokenizer):
    def __init__(self, vocab_size=1000):
        self.vocab_size = vocab_size
        self._reset()

    def _reset(self):
        self.vocab, self.merges = [], []
        self.token_to_id, self.id_to_token = Ids(), Texts()
        self._ranks = {}

    def _get_word_tokens(self, word):
        return [*word[:-1], word[-1] + EOW] if word else []

    def _get_pairs(self, word_tokens):
        return {Pair(*p) for p in itertools.pairwise(word_tokens)}

    @staticmethod
    def _glue(tokens, pair):
        out = []
        it = iter(range(len(tokens)))
        for i in it:
            if i + 1 < len(tokens) and (tokens[i], tokens[i + 1]) == pair:
                out.append(tokens[i] + tokens[i + 1])
                next(it)
            else:
                out.append(tokens[i])
        return out

    def train(self, corpus, vocab_size=None):
        self._reset()
        self.vocab_size = vocab_size or self.vocab_size
        freq = Counter(corpus)
        words = [(self._get_word_tokens(w), n) for w, n in freq.items()]
        base = sorted({t for toks, _ in words for t in toks})
        self.vocab = [UNK, *base]
        where = defaultdict(set)
        counts = Counter()
        for n, (toks, f) in enumerate(words):
            for p in self._get_pairs(toks):
                counts[p] += f
                where[p].add(n)
        while len(self.vocab) < self.vocab_size:
            counts = +counts
            if not counts:
                break
            best = max(counts, key=lambda p: (counts[p], p))  # among equals the last in the alphabet
            self._ranks[tuple(best)] = len(self.merges)
            self.merges.append(best)
            self.vocab.append("".join(best))
            for n in list(where[best]):
                toks, f = words[n]
                for p in self._get_pairs(toks):
                    counts[p] -= f
                    where[p].discard(n)
                toks = self._glue(toks, best)
                words[n] = (toks, f)
                for p in self._get_pairs(toks):
                    counts[p] += f
                    where[p].add(n)
        self._build_mappings()

    def _build_mappings(self):
        self.id_to_token = Texts(enumerate(self.vocab))
        self.token_to_id = Ids({t: i for i, t in self.id_to_token.items()})

    def _apply_merges(self, tokens):
        """Join the pair that was learnt first, until none is left, as GPT-2 does; one that comes up after its turn stays."""
        tokens, turn = list(tokens), -1
        while True:
            ranks = [self._ranks.get(pair, -1) for pair in itertools.pairwise(tokens)]
            later = [rank for rank in ranks if rank > turn]
            if not later:
                return tokens
            turn = min(later)
            tokens = self._glue(tokens, tuple(self.merges[turn]))

    def encode(self, text):
        known = {}
        ids = []
        for word in re.findall(r"\S+", text) if self.vocab else ():
            if word not in known:
                known[word] = [self.token_to_id[t] for t in self._apply_merges(self._get_word_tokens(word))]
            ids += known[word]
        return ids

    def decode(self, tokens):
        if not self.vocab:
            return ""
        text = "".join(self.id_to_token[int(t)] for t in tokens)
        return re.sub(r"\s+", " ", text.replace(EOW, " ")).strip()
