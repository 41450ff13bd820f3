class Editor:
    def __init__(self, text):
        self.text = text
        self.done = []

    def insert(self, at, text):
        other = Editor(self.text[:at] + text + self.text[at:])
        other.done = [*self.done, self.text]
        return other

    def delete(self, at):
        return Editor(self.text[:at])

    def undo(self):
        self.text = self.done.pop()
        return self

    def redo(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __str__(self):
        return self.text

    def __eq__(self, other):
        return self.text == str(other)

    def __getitem__(self, key):
        return self.text[key]

    def __len__(self):
        return len(self.text)
