import unittest

from leave_alone import doubled, sorted_copy, with_grade


class LeaveAloneTest(unittest.TestCase):
    def test_doubled(self):
        numbers = [1, 2]
        self.assertEqual(doubled(numbers), [2, 4])
        self.assertEqual(numbers, [1, 2])

    def test_sorted_copy_is_another_list(self):
        numbers = [1, 2, 3]
        result = sorted_copy(numbers)
        self.assertEqual(result, numbers)
        self.assertIsNot(result, numbers)

    def test_sorted_copy(self):
        numbers = [3, 1, 2]
        sorted_copy(numbers)
        self.assertEqual(numbers, [3, 1, 2])

    def test_with_grade(self):
        student = {"name": "Bo", "grades": [1]}
        better = with_grade(student, 2)
        self.assertEqual(better, {"name": "Bo", "grades": [1, 2]})
        self.assertEqual(student, {"name": "Bo", "grades": [1]})
