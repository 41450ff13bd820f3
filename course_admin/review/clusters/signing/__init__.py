"""How a check was not passed, in words that everybody shares who fails alike: pure functions on text, and what stores it."""
