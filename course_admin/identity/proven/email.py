"""How e-mail addresses are compared: one fold, in Python, the same on every database.

Letters of ASCII are folded and nothing else. What looks alike, or becomes alike when a whole alphabet is folded (the dotless
i, the long s, the sign of Kelvin), stays another address: whoever owns it owns nobody else's.
"""

_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def fold_email(address: str) -> str:
    """Return an address as it is compared."""
    return address.strip().translate(_LOWER)
