"""Earns nothing: all names and attributes are there, and every answer is a constant."""

KB_TO_BYTES = 1024


class Tokenizer:
    def encode(self, text):
        raise NotImplementedError

    def decode(self, tokens):
        raise NotImplementedError


class CharTokenizer(Tokenizer):
    def __init__(self, vocab=None):
        self.vocab, self.vocab_size, self.unk_id = ["<UNK>"], 1, 0
        self.char_to_id, self.id_to_char = {"<UNK>": 0}, {0: "<UNK>"}

    def build_vocab(self, corpus):
        return None

    def encode(self, text):
        return [0] * len(text)

    def decode(self, tokens):
        return "<UNK>" * len(tokens)


class BPETokenizer(Tokenizer):
    def __init__(self, vocab_size=1000):
        self.vocab_size, self.vocab, self.merges = vocab_size, [], []
        self.token_to_id, self.id_to_token = {}, {}

    def _get_word_tokens(self, word):
        return []

    def _get_pairs(self, word_tokens):
        return set()

    def _build_mappings(self):
        pass

    def _apply_merges(self, tokens):
        return tokens

    def train(self, corpus, vocab_size=None):
        self.vocab_size, self.vocab = vocab_size or self.vocab_size, ["<UNK>"]

    def encode(self, text):
        return [0] * len(text.split())

    def decode(self, tokens):
        return ""
