def shift(text, key):
    if not isinstance(key, int):
        raise TypeError("the key must be a whole number")
    return "".join(_move(letter, key) for letter in text)


def _move(letter, key):
    if not letter.isalpha():
        return letter
    start = ord("A") if letter.isupper() else ord("a")
    return chr((ord(letter) - start + key) % 26 + start)
