import unittest

from zoo.animals import Cat, Dog
from zoo.keeper import Keeper, feed_all
import zoo


class ZooTest(unittest.TestCase):
    def test_sounds(self):
        self.assertEqual(Cat("Tom").speak(), "Tom says meow")
        self.assertEqual(Dog("Rex").speak(), "Rex says woof")

    def test_version(self):
        self.assertEqual(zoo.__version__, "1.0")

    def test_feeding(self):
        animals = [Cat("Tom"), Dog("Rex")]
        self.assertEqual(feed_all(animals), 2)
        self.assertTrue(all(animal.fed for animal in animals))

    def test_keeper(self):
        keeper = Keeper("Kim")
        keeper.adopt(Cat("Tom"))
        self.assertEqual(keeper.names(), ["Tom"])
        self.assertIsInstance(keeper.animals[0], Cat)


if __name__ == "__main__":
    unittest.main(verbosity=2)
