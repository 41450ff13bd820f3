"""Augmentation: mirrored images, random windows, and transforms one after the other (22 points)."""

import numpy as np
import pytest
from arrays import distinct
from asserts import assert_close, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.dataloader import Compose, RandomCrop, RandomHorizontalFlip
from tinytorch.core.tensor import Tensor

EXACT = {"rtol": 0, "atol": 0}  # pixels are only moved
LAYOUTS = {"(H, W)": (5, 6), "(C, H, W)": (3, 5, 6), "(H, W, C)": (5, 6, 3)}


def windows(image, layout, size, padding):
    """Return every window of the given size of the zero-padded image, by (row, column) of its corner."""
    first = 1 if layout == "(C, H, W)" else 0
    margins = [(padding, padding) if axis in (first, first + 1) else (0, 0) for axis in range(image.ndim)]
    padded = np.pad(image, margins)
    corners = np.ndindex(*(padded.shape[first + k] - size[k] + 1 for k in range(2)))
    before = (slice(None),) * first
    return {(r, c): padded[(*before, slice(r, r + size[0]), slice(c, c + size[1]))] for r, c in corners}


@number("3.1")
@weight(3)
@pytest.mark.parametrize("shape", [(4, 5), (3, 4, 6)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
def test_flip_mirrors_left_and_right(rng, shape, dtype):
    """RandomHorizontalFlip(p=1) reverses the last axis of (H, W) and (C, H, W), and keeps the dtype."""
    image = rng.permutation(int(np.prod(shape))).reshape(shape).astype(dtype)
    found = RandomHorizontalFlip(p=1)(image)
    hint = "Left and right is the last axis."
    call = f"RandomHorizontalFlip(p=1) of an image {shape}"
    assert_close(found, image[..., ::-1], **EXACT, dtype=dtype, call=call, hint=hint)


@number("3.2")
@weight(1)
def test_flip_with_probability_zero_never_mirrors(rng):
    """RandomHorizontalFlip(p=0) always gives the image back as it is, p=1 never."""
    image = distinct(rng, 3, 4)
    for _ in range(20):
        assert_close(RandomHorizontalFlip(p=0)(image), image, **EXACT, call="RandomHorizontalFlip(p=0)(image)")
        assert_close(RandomHorizontalFlip(p=1)(image), image[:, ::-1], **EXACT, call="RandomHorizontalFlip(p=1)(image)")


@in_candidate
def mirrored_and_input(image):
    """Return the mirrored image, and the array it was made from as it is afterwards."""
    mirrored = RandomHorizontalFlip(p=1)(image)
    return mirrored, image


@number("3.2")
@weight(1)
@visibility("hidden")
def test_flip_leaves_its_input_alone(rng):
    """A mirrored image is a new array; the input keeps its pixels."""
    image = distinct(rng, 2, 3, 4)
    mirrored, after = mirrored_and_input(image.copy())
    assert_close(mirrored, image[..., ::-1], **EXACT, call="RandomHorizontalFlip(p=1)(image)")
    hint = "Do not assign into the image you were given; make a new array."
    assert_close(after, image, **EXACT, call="the image after RandomHorizontalFlip(p=1)", hint=hint)


@number("3.3")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("p", [-0.1, 1.1])
def test_flip_refuses_what_is_no_probability(rng, p):
    """p = -0.1 and p = 1.1 raise ValueError; 0 and 1 are allowed."""
    with pytest.raises(ValueError):  # noqa: PT011  its words are the student's
        RandomHorizontalFlip(p=p)
    image = distinct(rng, 2, 5)
    found = [RandomHorizontalFlip(p=0)(image), RandomHorizontalFlip(p=1)(image)]
    hint = "Refuse p below 0 and above 1 in the constructor, and nothing in between."
    assert_close(found, [image, image[:, ::-1]], **EXACT, call="RandomHorizontalFlip with p=0 and p=1", hint=hint)


@in_candidate
def flips(seed, draws, *p):
    """Seed NumPy's global generator, and return for each of many draws whether the image was mirrored."""
    np.random.seed(seed)
    flip = RandomHorizontalFlip(*p)
    image = np.array([[0.0, 1.0]])
    return [bool(flip(image)[0, 0] == 1.0) for _ in range(draws)]


@number("3.4")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("p", [(0.3,), ()], ids=["p=0.3", "default"])
def test_flip_happens_with_its_probability(rng, p):
    """Of 400 draws with p=0.3 about 120 are mirrored, half by default, and np.random.seed repeats them."""
    seed = int(rng.integers(0, 2**31))
    first, again = flips(seed, 400, *p), flips(seed, 400, *p)
    probability = p[0] if p else 0.5
    mirrored, expected = sum(first), 400 * probability
    margin = 5 * (expected * (1 - probability)) ** 0.5  # five standard deviations: missed once in two million runs
    hint = "Mirror when one np.random.random() is below p, which is 0.5 unless said otherwise."
    call = f"RandomHorizontalFlip({', '.join(map(str, p))})"
    assert abs(mirrored - expected) <= margin, f"{call} mirrored {mirrored} of 400, not about {expected:.0f}. {hint}"
    assert_equal(again, first, call="400 draws after the same np.random.seed", hint=hint)


ARTICLES = {"Tensor": "a Tensor", "array": "an array"}


@number("3.5")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("kind", ["Tensor", "array"])
def test_transforms_keep_the_kind_of_image(rng, kind):
    """A Tensor gives a Tensor and an array gives an array, from flip and from crop."""
    image = distinct(rng, 3, 4, 6)
    flipped = RandomHorizontalFlip(p=1)(Tensor(image) if kind == "Tensor" else image)
    cropped = RandomCrop((3, 5), padding=1)(Tensor(image) if kind == "Tensor" else image)
    hint = "Take .data of a Tensor, work on the array, and wrap the result again."
    for name, result in (("RandomHorizontalFlip", flipped), ("RandomCrop", cropped)):
        found = "Tensor" if isinstance(result, Tensor) else "array" if type(result) is np.ndarray else "something else"
        assert_equal(found, kind, call=f"what {name} gives for an image that is {ARTICLES[kind]}", hint=hint)
    pixels = [result.data if kind == "Tensor" else result for result in (flipped, cropped)]
    assert_close(pixels[0], image[..., ::-1], **EXACT, call=f"RandomHorizontalFlip(p=1) of {ARTICLES[kind]}")
    assert_shape(pixels[1], (3, 3, 5), call=f"RandomCrop((3, 5), padding=1) of {ARTICLES[kind]} of shape (3, 4, 6)")


@number("3.6")
@weight(3)
@pytest.mark.parametrize("layout", [*LAYOUTS, "(4, H, W)"])
@pytest.mark.parametrize(("size", "padding"), [(4, 0), ((3, 5), 0), (4, 2), ((2, 3), 1)])
def test_crop_has_the_size_asked_for(rng, layout, size, padding):
    """RandomCrop gives a window of the size, an int or a pair, from every layout, and keeps the channels."""
    image = distinct(rng, *LAYOUTS.get(layout, (4, 5, 6)))
    h, w = (size, size) if isinstance(size, int) else size
    expected = {"(H, W)": (h, w), "(H, W, C)": (h, w, 3)}.get(layout, (len(image), h, w))
    found = RandomCrop(size, padding=padding)(image)
    hint = "A first axis of at most 4 counts channels: pad and cut the two axes of height and width only."
    call = f"RandomCrop({size}, padding={padding}) of an image {layout} {image.shape}"
    assert_shape(found, expected, call=call, hint=hint)
    pixels = found[found != 0]  # no two pixels of the image are equal, and every window shows some of them
    is_seen = pixels.size > 0 and len(np.unique(pixels)) == pixels.size and bool(np.isin(pixels, image).all())
    assert_equal(is_seen, True, call=f"whether pixels of the image are seen, each once, in {call}", hint=hint)


@in_candidate
def many_crops(image, draws, size, *padding):
    """Return many crops of one image, stacked."""
    crop = RandomCrop(size, *padding)
    return np.stack([crop(image) for _ in range(draws)])


@number("3.7")
@weight(3.6)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_crops_are_windows_at_every_place(rng, layout):
    """With padding 1 each crop is a window of the zero-padded image, and all 9 places turn up in 300 draws."""
    image = distinct(rng, *LAYOUTS[layout]) + np.float32(0.125)  # no pixel is 0, the colour of the padding
    size = (5, 6)
    crops = many_crops(image, 300, size, 1)
    assert_shape(crops, (300, *image.shape), call=f"300 times RandomCrop({size}, padding=1), {layout}")
    places = windows(image, layout, size, 1)
    found = [next((corner for corner, window in places.items() if np.array_equal(c, window)), None) for c in crops]
    hint = "Put zeros around the image, then cut at a row and a column drawn from 0 to 2 * padding, both included."
    assert None not in found, f"RandomCrop({size}, padding=1) of an image {layout} gave what is no window of it. {hint}"
    assert_equal(sorted(set(found)), sorted(places), call=f"corners of 300 crops, {layout}", hint=hint)


@number("3.7")
@weight(0.4)
@visibility("hidden")
def test_crop_pads_by_four_unless_told_otherwise():
    """RandomCrop(size) pads by 4: crops of the image's size reach every row and column from 0 to 8."""
    crops = many_crops(np.ones((5, 5), np.float32), 600, 5)
    assert_shape(crops, (600, 5, 5), call="600 times RandomCrop(5) of an image (5, 5)")
    # Each of the 18 is missed by all 600 draws with probability (8/9)**600, about 1e-31.
    seen = {tuple(np.flatnonzero(pixels).tolist()) for crop in crops for pixels in (crop.any(axis=0), crop.any(axis=1))}
    expected = {tuple(range(max(0, 4 - k), min(5, 9 - k))) for k in range(9)}
    widest = 5 - min(len(left) for left in seen) if all(seen) else 5  # how far a crop reached past the image
    hint = "Give padding the default 4." if widest != 4 else "Draw the corner from 0 to 2 * padding, both included."
    assert_equal(sorted(seen), sorted(expected), call="rows and columns left of the image, in 600 crops", hint=hint)


@number("3.8")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("shape", [(6,), (2, 3, 6, 6)], ids=["rank 1", "rank 4"])
def test_crop_refuses_other_ranks(rng, shape):
    """RandomCrop raises ValueError for rank 1 and rank 4; rank 2 works, also where only one window fits."""
    with pytest.raises(ValueError):  # noqa: PT011  its words are the student's
        RandomCrop(4)(distinct(rng, *shape))
    image = distinct(rng, 6, 6)
    assert_shape(RandomCrop(4, padding=0)(image), (4, 4), call="RandomCrop(4, padding=0) of an image (6, 6)")
    call = "RandomCrop(6, padding=0) of an image (6, 6)"
    assert_close(RandomCrop(6, padding=0)(image), image, **EXACT, call=call, hint="randint(1) is always 0.")


@number("3.9")
@weight(0)
@visibility("hidden")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_crop_of_a_size_unlike_the_image(rng, layout):
    """Strict: any size that fits the padded image is cut exactly and from everywhere, a larger one is refused."""
    image = distinct(rng, *LAYOUTS[layout]) + np.float32(0.125)
    for size, padding in (((3, 4), 0), ((6, 7), 1)):
        places = windows(image, layout, size, padding)
        crops = many_crops(image, 300, size, padding)
        found = {corner for c in crops for corner, window in places.items() if np.array_equal(c, window)}
        assert_equal(sorted(found), sorted(places), call=f"corners of 300 crops {size}, padding {padding}, {layout}")
    with pytest.raises(ValueError):  # noqa: PT011  its words are the student's
        RandomCrop((8, 6), padding=1)(image)


@in_candidate
def composed(x):
    """Return what two transforms in a row give, and which value each of them saw."""
    seen = []

    def add_three(value):
        seen.append(value)
        return value + 3

    def double(value):
        seen.append(value)
        return value * 2

    return Compose([add_three, double])(x), seen


@number("3.10")
@weight(1.5)
@visibility("hidden")
def test_compose_goes_from_left_to_right():
    """Compose applies its transforms in order, each to the result of the one before."""
    hint = "Keep the result of a transform and hand it to the next."
    found = composed(1)
    assert_equal(found, (8, [1, 4]), call="Compose([add 3, double])(1), and what each was given", hint=hint)


@in_candidate
def composed_of_nothing():
    """Return whether an empty Compose gives the very object back, and whether a Compose of one transform works."""
    thing = np.zeros(2)
    return Compose([])(thing) is thing, Compose([lambda value: value + 1])(4)


@number("3.10")
@weight(0.5)
@visibility("hidden")
def test_compose_of_nothing_changes_nothing():
    """Compose([]) gives its input back; Compose of one transform applies it."""
    assert_equal(composed_of_nothing(), (True, 5), call="Compose([])(x) is x, and Compose([add 1])(4)")
