WIN, LOSE, ONGOING = "win", "lose", "ongoing"


class Hangman:
    def __init__(self, word):
        self.word = word
        self.remaining = 9
        self.found = set()

    def guess(self, letter):
        if self.get_status() != ONGOING:
            raise ValueError("The game has already ended.")
        if letter in self.word and letter not in self.found:
            self.found.add(letter)
        else:
            self.remaining -= 1

    def masked(self):
        return "".join(letter if letter in self.found else "_" for letter in self.word)

    def get_status(self):
        if self.remaining <= 0:
            return LOSE
        return ONGOING if "_" in self.masked() else WIN
