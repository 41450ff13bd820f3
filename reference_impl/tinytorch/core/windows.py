"""Windows over images: which arrays are images, how a frame is put around them, and what is seen through every window.

Part of module 09, without gradients: plain NumPy on arrays (B, C, H, W), images of C channels, H rows and W columns. kh and
kw are the sides of a window, which is moved by `stride` rows or columns at a time; a side of length H becomes
H' = (H - kh) // stride + 1.
"""

import numpy as np


def require_images(x, layer, channels=None):
    """Raise ValueError unless x is (B, C, H, W), with the given number of channels if there is one."""
    if x.data.ndim != 4:
        raise ValueError(f"{layer} needs images of shape (B, C, H, W), got shape {x.shape}")
    if channels is not None and x.shape[1] != channels:
        raise ValueError(f"{layer} needs {channels} channels, got {x.shape[1]} in shape {x.shape}")


def as_pair(kernel_size):
    return (kernel_size, kernel_size) if isinstance(kernel_size, int) else tuple(kernel_size)


def pad(images, padding, value=0.0):
    """Put a frame of `value` around each image: (B, C, H, W) -> (B, C, H + 2 padding, W + 2 padding)."""
    frame = (padding, padding)
    return np.pad(images, ((0, 0), (0, 0), frame, frame), constant_values=value)


def crop(padded, padding):
    """Take the frame off again: (B, C, H + 2 padding, W + 2 padding) -> (B, C, H, W)."""
    H, W = (n - 2 * padding for n in padded.shape[2:])
    return padded[:, :, padding : padding + H, padding : padding + W]


def windows(padded, kernel_size, stride):
    """Look at an array through every window: (B, C, H, W) -> (B, C, H', W', kh, kw), without copying.

    Raises ValueError if the window is larger than the images.
    """
    if kernel_size[0] > padded.shape[2] or kernel_size[1] > padded.shape[3]:
        raise ValueError(f"A window of {kernel_size} does not fit into images of {padded.shape[2:]}, padding included")
    views = np.lib.stride_tricks.sliding_window_view(padded, kernel_size, axis=(2, 3))
    return views[:, :, ::stride, ::stride]
