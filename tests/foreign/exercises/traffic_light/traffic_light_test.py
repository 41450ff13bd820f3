import unittest

from traffic_light import Light, phases


class TrafficLightTest(unittest.TestCase):
    def test_a_light_is_no_text_and_no_number(self):
        self.assertNotEqual(Light.RED, "red")
        self.assertNotEqual(Light.RED, 1)
        self.assertFalse(Light.RED == 1)
        self.assertNotIn(Light.GREEN, ["green", 2, None])

    def test_values_and_names(self):
        self.assertEqual([light.name for light in Light], ["RED", "GREEN", "YELLOW"])
        self.assertIs(Light("red"), Light.RED)
        self.assertRaises(ValueError, Light, "blue")

    def test_what_comes_next(self):
        self.assertIs(Light.RED.next(), Light.GREEN)
        self.assertIs(Light.YELLOW.next(), Light.RED)

    def test_phases(self):
        lights = phases(Light.GREEN)
        self.assertEqual([next(lights) for _ in range(4)], [Light.GREEN, Light.YELLOW, Light.RED, Light.GREEN])
