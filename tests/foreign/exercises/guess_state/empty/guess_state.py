WIN, LOSE, ONGOING = None


class Hangman:
    def __init__(self, word):
        pass

    def guess(self, letter):
        pass

    def masked(self):
        pass

    def get_status(self):
        pass
