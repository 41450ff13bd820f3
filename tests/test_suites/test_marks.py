"""A mark writes attributes, returns the very function, and refuses what the judge could not carry out."""

import functools

import pytest
from marks import budget, in_candidate, scales


def workload(x):
    return x + 1


def test_in_candidate_is_the_function_itself():
    assert in_candidate(workload) is workload
    assert workload.__in_candidate__ is True
    assert workload(1) == 2


def test_in_candidate_refuses_what_its_source_alone_does_not_say():
    outer = 1

    def closure(x):
        return x + outer

    for function in (lambda x: x, closure, functools.partial(workload, 1)):
        with pytest.raises(TypeError, match="top level of a test file"):
            in_candidate(function)


def test_budget_records_the_factors_that_are_given():
    assert budget(cpu=4)(workload) is workload
    assert workload.__budget__ == {"cpu": 4.0}
    budget(cpu=3.0, memory=2)(workload)
    assert workload.__budget__ == {"cpu": 3.0, "memory": 2.0}
    budget(wall=1.5)(workload)
    assert workload.__budget__ == {"wall": 1.5}


def test_scales_records_variable_and_exponent():
    assert scales("n", at_most=1.2)(workload) is workload
    assert workload.__scales__ == {"variable": "n", "at_most": 1.2, "within": 20.0}
    scales("n", at_most=1.2, within=8)(workload)
    assert workload.__scales__["within"] == 8.0


@pytest.mark.parametrize("factors", [{}, {"cpu": 0}, {"cpu": -1.0}, {"cpu": 4.0, "memory": 0.0}], ids=repr)
def test_budget_refuses_factors_that_allow_nothing(factors):
    with pytest.raises(ValueError, match="above 0"):
        budget(**factors)


@pytest.mark.parametrize(("variable", "at_most"), [("", 1.0), ("n * m", 1.0), ("n", 0.0), ("n", -1.0)])
def test_scales_refuses_what_is_no_law(variable, at_most):
    with pytest.raises(ValueError, match="exponent above 0"):
        scales(variable, at_most)
    with pytest.raises(ValueError, match="a ratio above 0"):
        scales("n", at_most=1.0, within=0)
