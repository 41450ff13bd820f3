# threat: T04
# expect: no point
raise ImportError("this module is optional, skip its tests")
