from pathlib import Path


class Notes:
    def __init__(self, folder):
        pass

    def add(self, title, text):
        pass

    def read(self, title):
        pass

    def titles(self):
        pass
