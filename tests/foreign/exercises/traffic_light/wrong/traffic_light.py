from enum import Enum


class Light(str, Enum):
    RED = "red"
    GREEN = "green"
    YELLOW = "yellow"

    def next(self):
        lights = list(Light)
        return lights[(lights.index(self) + 1) % len(lights)]


def phases(light):
    while True:
        light = light.next()
        yield light
