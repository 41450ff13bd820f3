import unittest

from sort_students import Student, best, ranking


class StudentTest(unittest.TestCase):
    def setUp(self):
        self.ada = Student("Ada", 1.0)
        self.bo = Student("Bo", 2.3)
        self.cy = Student("Cy", 1.7)

    def test_order(self):
        self.assertLess(self.ada, self.bo)
        self.assertGreater(self.bo, self.cy)
        self.assertTrue(self.ada <= self.ada)

    def test_sorted(self):
        self.assertEqual([student.name for student in sorted([self.bo, self.cy, self.ada])], ["Ada", "Cy", "Bo"])

    def test_sort_by_name(self):
        students = [self.cy, self.ada, self.bo]
        students.sort(key=lambda student: student.name)
        self.assertEqual(students[0].name, "Ada")

    def test_best(self):
        self.assertIs(best([self.bo, self.ada, self.cy]), self.ada)

    def test_min(self):
        self.assertEqual(min(self.bo, self.cy).name, "Cy")

    def test_ranking(self):
        self.assertEqual(ranking([self.bo, self.ada]), ["1. Ada", "2. Bo"])

    def test_list_of_students(self):
        self.assertIn(self.ada, [self.bo, self.ada])
        self.assertEqual([self.bo, self.ada].index(self.ada), 1)
