"""Tokenization as a beginner writes it: dictionaries of counts, lists that are walked by index, the first of equals."""

KB_TO_BYTES = 1024


class Tokenizer:
    def encode(self, text):
        raise NotImplementedError("Subclasses must implement encode()")

    def decode(self, tokens):
        raise NotImplementedError("Subclasses must implement decode()")


class CharTokenizer(Tokenizer):
    def __init__(self, vocab=None):
        if vocab is None:
            vocab = []
        self.vocab = ["<UNK>"] + list(vocab)
        self.vocab_size = len(self.vocab)
        self.char_to_id = {}
        self.id_to_char = {}
        for i in range(len(self.vocab)):
            self.char_to_id[self.vocab[i]] = i
            self.id_to_char[i] = self.vocab[i]
        self.unk_id = 0

    def build_vocab(self, corpus):
        chars = set()
        for text in corpus:
            for char in text:
                chars.add(char)
        self.vocab = ["<UNK>"] + sorted(chars)
        self.vocab_size = len(self.vocab)
        self.char_to_id = {char: idx for idx, char in enumerate(self.vocab)}
        self.id_to_char = {idx: char for idx, char in enumerate(self.vocab)}

    def encode(self, text):
        tokens = []
        for char in text:
            if char in self.char_to_id:
                tokens.append(self.char_to_id[char])
            else:
                tokens.append(self.unk_id)
        return tokens

    def decode(self, tokens):
        text = ""
        for token in tokens:
            if token in self.id_to_char:
                text += self.id_to_char[token]
            else:
                text += "<UNK>"
        return text


class BPETokenizer(Tokenizer):
    def __init__(self, vocab_size=1000):
        self.vocab_size = vocab_size
        self.vocab = []
        self.merges = []
        self.token_to_id = {}
        self.id_to_token = {}

    def _get_word_tokens(self, word):
        if not word:
            return []
        tokens = list(word)
        tokens[-1] += "</w>"
        return tokens

    def _get_pairs(self, word_tokens):
        pairs = set()
        for i in range(len(word_tokens) - 1):
            pairs.add((word_tokens[i], word_tokens[i + 1]))
        return pairs

    def train(self, corpus, vocab_size=None):
        if vocab_size:
            self.vocab_size = vocab_size
        word_freq = {}
        for word in corpus:
            word_freq[word] = word_freq.get(word, 0) + 1
        word_tokens = {}
        vocab = set()
        for word in word_freq:
            word_tokens[word] = self._get_word_tokens(word)
            vocab.update(word_tokens[word])
        self.vocab = ["<UNK>"] + sorted(vocab)
        self.merges = []
        while len(self.vocab) < self.vocab_size:
            pair_counts = {}
            for word, freq in word_freq.items():
                tokens = word_tokens[word]
                for i in range(len(tokens) - 1):  # every occurrence, as textbooks count
                    pair = (tokens[i], tokens[i + 1])
                    pair_counts[pair] = pair_counts.get(pair, 0) + freq
            if not pair_counts:
                break
            best_pair = max(pair_counts, key=pair_counts.get)
            for word in word_tokens:
                word_tokens[word] = self._merge(word_tokens[word], best_pair)
            self.merges.append(best_pair)
            self.vocab.append(best_pair[0] + best_pair[1])
        self._build_mappings()

    def _build_mappings(self):
        self.token_to_id = {token: idx for idx, token in enumerate(self.vocab)}
        self.id_to_token = {idx: token for idx, token in enumerate(self.vocab)}

    def _merge(self, tokens, pair):
        new_tokens = []
        i = 0
        while i < len(tokens):
            if i < len(tokens) - 1 and tokens[i] == pair[0] and tokens[i + 1] == pair[1]:
                new_tokens.append(pair[0] + pair[1])
                i += 2
            else:
                new_tokens.append(tokens[i])
                i += 1
        return new_tokens

    def _apply_merges(self, tokens):
        if not self.merges:
            return tokens
        for pair in self.merges:
            tokens = self._merge(tokens, pair)
        return tokens

    def encode(self, text):
        if not self.vocab:
            return []
        ids = []
        for word in text.split():
            for token in self._apply_merges(self._get_word_tokens(word)):
                ids.append(self.token_to_id.get(token, 0))
        return ids

    def decode(self, tokens):
        if not self.vocab:
            return ""
        text = ""
        for token in tokens:
            text += self.id_to_token.get(int(token), "<UNK>")
        text = text.replace("</w>", " ")
        return " ".join(text.split())
