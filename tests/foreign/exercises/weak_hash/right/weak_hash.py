class Word:
    def __init__(self, text):
        self.text = text

    def __eq__(self, other):
        return self.text.lower() == str(other).lower()

    def __str__(self):
        return self.text

    def is_palindrome(self):
        return self.text.lower() == self.text.lower()[::-1]


class Celsius:
    def __init__(self, degrees):
        self.degrees = degrees

    def __lt__(self, other):
        return self.degrees < other

    def __gt__(self, other):
        return self.degrees > other

    def __float__(self):
        return float(self.degrees)

    def __int__(self):
        return int(self.degrees)
