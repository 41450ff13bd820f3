# threat: T56
# expect: out_of_memory crashed failed


def _hoard(self, *args, **kwargs):
    """Fill memory files and shared pages, and let go of them at once: no process's own account shows them."""
    import mmap
    import os

    block = bytes(1 << 20)
    refused = 0
    for number in range(200):
        try:
            handle = os.memfd_create(f"hoard {number}")
            for _ in range(30):
                os.write(handle, block)
        except OSError:
            refused += 1
    for path in (None, "/dev/zero"):
        for _ in range(24):
            try:
                pages = mmap.mmap(-1 if path is None else os.open(path, os.O_RDWR), 48 << 20)
                for _ in range(48):
                    pages.write(block)
                    pages.madvise(mmap.MADV_DONTNEED)
            except (OSError, ValueError):
                refused += 1
    return refused


Tensor.sum = _hoard
