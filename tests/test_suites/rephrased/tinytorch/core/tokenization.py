"""Tokenization, written another way: the first five attributes as a mapping that knows what is missing, merges on strings."""

import re
from collections import Counter, defaultdict

KB_TO_BYTES = 1 << 10


class Tokenizer:
    def encode(self, text):
        raise NotImplementedError()

    def decode(self, tokens):
        raise NotImplementedError()


class CharTokenizer(Tokenizer):
    def __init__(self, vocab=None):
        self.unk_id = 0
        self._fill(list(vocab) if vocab is not None else [])

    def _fill(self, characters):
        self.vocab = ["<UNK>"] + characters
        self.vocab_size = len(self.vocab)
        self.id_to_char = {}
        self.char_to_id = {}
        for number in range(self.vocab_size):
            self.char_to_id[self.vocab[number]] = number
            self.id_to_char[number] = self.vocab[number]

    def build_vocab(self, corpus):
        characters = set()
        for text in corpus:
            characters.update(text)
        self._fill(sorted(characters, key=ord))

    def encode(self, text):
        numbers = []
        for character in text:
            if character in self.char_to_id:
                numbers.append(self.char_to_id[character])
            else:
                numbers.append(0)
        return numbers

    def decode(self, tokens):
        text = ""
        for token in tokens:
            number = int(token)
            text += self.id_to_char[number] if number in self.id_to_char else "<UNK>"
        return text


class BPETokenizer(Tokenizer):
    def __init__(self, vocab_size=1000):
        self.vocab_size, self.vocab, self.merges = vocab_size, [], []
        self.token_to_id, self.id_to_token = {}, {}

    def _get_word_tokens(self, word):
        tokens = list(word)
        if tokens:
            tokens[-1] += "</w>"
        return tokens

    def _get_pairs(self, word_tokens):
        return {(word_tokens[i], word_tokens[i + 1]) for i in range(len(word_tokens) - 1)}

    def train(self, corpus, vocab_size=None):
        if vocab_size:
            self.vocab_size = vocab_size
        counted = Counter(corpus)
        words = [(self._get_word_tokens(word), count) for word, count in counted.items()]
        base = {token for tokens, _ in words for token in tokens}
        self.vocab, self.merges = ["<UNK>"] + sorted(base), []
        while len(self.vocab) < self.vocab_size:
            totals = defaultdict(int)
            for tokens, count in words:
                for pair in self._get_pairs(tokens):
                    totals[pair] += count
            if not totals:
                break
            most = max(totals.values())
            best = sorted(pair for pair in totals if totals[pair] == most)[0]
            self.merges.append(best)
            words = [(self._joined(tokens, best), count) for tokens, count in words]
            if best[0] + best[1] not in self.vocab:
                self.vocab.append(best[0] + best[1])
        self._build_mappings()

    def _joined(self, tokens, pair):
        out = []
        for token in tokens:
            if out and out[-1] is not None and (out[-1], token) == pair:
                out[-1] = None
                out.append(pair[0] + pair[1])
                out.append(None)
            else:
                out.append(token)
        return [token for token in out if token is not None]

    def _build_mappings(self):
        numbers = range(len(self.vocab))
        self.token_to_id = dict(zip(self.vocab, numbers))
        self.id_to_token = dict(zip(numbers, self.vocab))

    def _apply_merges(self, tokens):
        tokens = list(tokens)
        for pair in self.merges:
            if pair[0] in tokens:
                tokens = self._joined(tokens, tuple(pair))
        return tokens

    def encode(self, text):
        if not self.vocab:
            return []
        numbers = []
        for word in text.split():
            numbers.extend(self.token_to_id.get(token, 0) for token in self._apply_merges(self._get_word_tokens(word)))
        return numbers

    def decode(self, tokens):
        if not self.vocab:
            return ""
        text = "".join([self.id_to_token.get(int(token), "<UNK>") for token in tokens])
        return re.sub(r"\s+", " ", text.replace("</w>", " ")).strip()
