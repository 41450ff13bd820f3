def swap_vowels(word):
    pass
