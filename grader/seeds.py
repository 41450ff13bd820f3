"""What a run's inputs are drawn from where nobody names a seed: the same tree under the same suite draws the same. Side: any.

A key of the installation is mixed in, where there is one, so that nobody outside can work a seed out; another tree gets other
inputs, so that nothing can be learnt from a report and written down as an answer. Source: RFC 2104 (HMAC).
"""

import hashlib
import hmac

SEED_BITS = 63  # a bigint has no more, and no table of what seeds make can be that long


def derived_seed(key: str, *facts: object) -> int:
    """Return the seed that these facts, such as the digests of suite and tree, have under a key; "" for no key."""
    text = " ".join(map(str, ("seed", *facts)))
    drawn = hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()
    return int.from_bytes(drawn[:8], "big") >> (64 - SEED_BITS)
