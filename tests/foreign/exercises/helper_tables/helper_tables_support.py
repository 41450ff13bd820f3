def expect_sorted(case, values):
    case.assertEqual(list(values), sorted(values))
