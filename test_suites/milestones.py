"""What milestones share: digits that the judge draws, and how everything that a model may draw is seeded.

Always true: no starter brings it along, for milestones have none; everything random comes from the generator or seed passed in.
"""

import random
import sys

import numpy as np
from marks import in_candidate

#: Ten digits in seven rows of five dots.
GLYPHS = (
    "01110 10001 10001 10001 10001 10001 01110", "00100 01100 00100 00100 00100 00100 01110",
    "01110 10001 00001 00110 01000 10000 11111", "11110 00001 00001 01110 00001 00001 11110",
    "00010 00110 01010 10010 11111 00010 00010", "11111 10000 11110 00001 00001 10001 01110",
    "01110 10000 10000 11110 10001 10001 01110", "11111 00001 00010 00100 01000 01000 01000",
    "01110 10001 10001 01110 10001 10001 01110", "01110 10001 10001 01111 00001 00001 01110",
)  # fmt: skip


def draw_digits(rng, count, noise):
    """Return pictures (count, 8, 8) of digits at drawn places, with drawn brightness and noise, and their labels."""
    labels = rng.permutation(np.arange(count) % 10)
    pictures = np.zeros((count, 8, 8))
    for picture, label in zip(pictures, labels, strict=True):
        glyph = np.array([[float(dot) for dot in row] for row in GLYPHS[label].split()])
        top, left = rng.integers(0, 2), rng.integers(0, 4)
        picture[top : top + 7, left : left + 5] = glyph * rng.uniform(0.6, 1.0)
    pictures += rng.normal(0, noise, pictures.shape)
    return np.clip(pictures, 0, 1).astype(np.float32), labels


def draw_rows(rng, count):
    pictures, labels = draw_digits(rng, count, 0.15)
    return pictures.reshape(count, 64), labels


@in_candidate
def seed_everything(seed):
    """Seed every generator that weights or an order may be drawn from: NumPy's, Python's, and a module's own rng."""
    np.random.seed(seed)
    random.seed(seed)
    for name, module in list(sys.modules.items()):
        if name.startswith("tinytorch") and isinstance(getattr(module, "rng", None), np.random.Generator):
            module.rng = np.random.default_rng(seed)
