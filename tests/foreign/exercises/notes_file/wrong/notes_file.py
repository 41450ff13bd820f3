from pathlib import Path


class Notes:
    def __init__(self, folder):
        self.folder = Path(folder)

    def add(self, title, text):
        (self.folder / f"{title}.txt").write_text(text)

    def read(self, title):
        try:
            return (self.folder / f"{title}.txt").read_text()
        except FileNotFoundError:
            raise KeyError(title) from None

    def titles(self):
        return sorted(path.name for path in self.folder.glob("*.txt"))
