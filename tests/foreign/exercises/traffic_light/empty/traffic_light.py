from enum import Enum


class Light(Enum):
    RED = "red"


def phases(light):
    pass
