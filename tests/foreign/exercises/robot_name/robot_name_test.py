import random
import unittest

from robot_name import Robot, roll


class RobotTest(unittest.TestCase):
    name_re = r"^[A-Z]{2}\d{3}$"

    def test_has_name(self):
        self.assertRegex(Robot().name, self.name_re)

    def test_name_sticks(self):
        robot = Robot()
        self.assertEqual(robot.name, robot.name)

    def test_different_robots(self):
        self.assertNotEqual(Robot().name, Robot().name)

    def test_reset(self):
        robot = Robot()
        before = robot.name
        robot.reset()
        self.assertNotEqual(robot.name, before)
        self.assertRegex(robot.name, self.name_re)

    def test_rolls_are_between_1_and_6(self):
        for _ in range(50):
            self.assertIn(roll(), range(1, 7))

    def test_the_seed_decides(self):
        random.seed(3)
        first = [roll() for _ in range(20)]
        random.seed(3)
        self.assertEqual([roll() for _ in range(20)], first)
