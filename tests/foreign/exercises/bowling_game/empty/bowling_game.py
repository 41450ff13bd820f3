class Game:
    def __init__(self):
        pass

    def roll(self, pins):
        pass

    def score(self):
        pass
