# threat: T10
# expect: no point
import builtins
import operator
import sys
import unittest

import numpy as np
import numpy.testing

for name in dir(numpy.testing):
    if name.startswith("assert"):
        setattr(numpy.testing, name, lambda *args, **kwargs: None)
np.allclose = np.array_equal = lambda *args, **kwargs: True
operator.eq = lambda a, b: True
unittest.TestCase.assertEqual = lambda *args: None
builtins.isinstance = lambda *args: True
builtins.AssertionError = KeyboardInterrupt
sys.modules["pytest"] = sys.modules["asserts"] = unittest
