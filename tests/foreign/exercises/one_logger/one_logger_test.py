import unittest

from one_logger import Logger, same


class LoggerTest(unittest.TestCase):
    def test_there_is_one(self):
        self.assertIs(Logger(), Logger())

    def test_it_remembers(self):
        Logger().add("a")
        Logger().add("b")
        self.assertEqual(Logger().lines[-2:], ["a", "b"])

    def test_identity(self):
        logger = Logger()
        self.assertTrue(same(logger, logger))
        self.assertFalse(same(logger, object))

    def test_class_of_it(self):
        self.assertIs(type(Logger()), Logger)
        self.assertEqual(Logger().__class__.__name__, "Logger")

    def test_is_not_none(self):
        self.assertIsNotNone(Logger())

    def test_returns_itself(self):
        logger = Logger()
        self.assertIs(logger.add("c"), logger)
        self.assertEqual(logger.add("d").add("e").lines[-1], "e")
