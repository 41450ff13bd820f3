class Editor:
    def __init__(self, text):
        self.text = text
        self.done = []
        self.undone = []

    def _set(self, text):
        self.done.append(self.text)
        self.undone.clear()
        self.text = text
        return self

    def insert(self, at, text):
        return self._set(self.text[:at] + text + self.text[at:])

    def delete(self, at):
        return self._set(self.text[:at] + self.text[at + 1 :])

    def undo(self):
        if not self.done:
            raise IndexError("there is nothing to undo")
        self.undone.append(self.text)
        self.text = self.done.pop()
        return self

    def redo(self):
        if not self.undone:
            return self
        self.done.append(self.text)
        self.text = self.undone.pop()
        return self

    def __str__(self):
        return self.text

    def __eq__(self, other):
        return isinstance(other, Editor) and self.text == other.text

    def __getitem__(self, key):
        return self.text[key]

    def __len__(self):
        return len(self.text)
