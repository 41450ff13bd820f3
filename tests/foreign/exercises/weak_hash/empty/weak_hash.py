class Word:
    def __init__(self, text):
        pass

    def is_palindrome(self):
        pass


class Celsius:
    def __init__(self, degrees):
        pass
