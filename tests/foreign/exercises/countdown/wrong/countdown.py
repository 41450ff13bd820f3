def countdown(start):
    while start > 1:
        yield start
        start -= 1


def chunks(items, size):
    for start in range(0, len(items), size):
        yield items[start : start + size]


def interleave(*sequences):
    for place in range(max(map(len, sequences))):
        for sequence in sequences:
            if place < len(sequence):
                yield sequence[place]
