def shift(text, key):
    pass
