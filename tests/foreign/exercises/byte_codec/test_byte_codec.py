from byte_codec import checksum, flip, rle_decode, rle_encode


def test_encode():
    assert rle_encode(b"aaab") == b"\x03a\x01b"


def test_decode():
    assert rle_decode(b"\x02x\x01y") == b"xxy"


def test_round_trip():
    data = bytes(range(256)) + b"\x00" * 300
    assert rle_decode(rle_encode(data)) == data


def test_bytearray_is_flipped_in_place():
    data = bytearray(b"\x00\xff")
    flip(data)
    assert data == bytearray(b"\xff\x00")


def test_checksum():
    assert checksum(memoryview(b"abc")) == 38


def test_kind():
    assert isinstance(rle_encode(b""), bytes)
