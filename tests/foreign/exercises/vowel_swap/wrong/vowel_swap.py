def swap_vowels(word):
    if not isinstance(word, str):
        raise TypeError("a word is a text")
    vowels = [letter for letter in word if letter in "aeiouAEIOU"]
    return "".join(vowels.pop(0) if letter in "aeiouAEIOU" else letter for letter in word)
