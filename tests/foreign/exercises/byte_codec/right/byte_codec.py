def rle_encode(data):
    runs = bytearray()
    for byte in data:
        if runs and runs[-1] == byte and runs[-2] < 255:
            runs[-2] += 1
        else:
            runs += bytes([1, byte])
    return bytes(runs)


def rle_decode(data):
    return b"".join(data[i + 1 : i + 2] * data[i] for i in range(0, len(data), 2))


def flip(data):
    for place, byte in enumerate(data):
        data[place] = byte ^ 0xFF


def checksum(data):
    return sum(data) % 256
