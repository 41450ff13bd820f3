def luhn(text):
    text = text.replace(" ", "")
    if len(text) < 2 or not text.isdigit():
        return False
    total = 0
    for place, digit in enumerate(map(int, reversed(text))):
        if place % 2:
            digit = 2 * digit - 9 if digit > 4 else 2 * digit
        total += digit
    return total % 10 == 0


def is_isbn(text):
    text = text.replace("-", "")
    if len(text) != 10 or not text[:9].isdigit() or text[9] not in "0123456789X":
        return False
    digits = [10 if sign == "X" else int(sign) for sign in text]
    return sum((10 - place) * digit for place, digit in enumerate(digits)) % 11 == 0


def normalise(text):
    if any(sign.isalpha() for sign in text):
        raise ValueError("letters not permitted")
    if any(sign in "@:!" for sign in text):
        raise ValueError("punctuations not permitted")
    digits = "".join(sign for sign in text if sign.isdigit())
    if len(digits) < 10:
        raise ValueError("must not be fewer than 10 digits")
    return digits
