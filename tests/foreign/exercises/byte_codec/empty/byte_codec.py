def rle_encode(data):
    pass


def rle_decode(data):
    pass


def flip(data):
    pass


def checksum(data):
    pass
