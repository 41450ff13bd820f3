"""Derivatives and debugging: central differences, the chain rule, a running average with three bugs (25 points)."""

import math

import numpy as np
import pytest
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, tags, visibility, weight
from marks import in_candidate
from readiness import chain, fixed_running_average, numerical_derivative


@in_candidate
def slope_of_polynomial(coefficients, x, *step):
    """Return numerical_derivative of the polynomial sum(c[k] * x**k) at x, with a step h if one is given."""

    def polynomial(t):
        return sum(c * t**k for k, c in enumerate(coefficients))

    return numerical_derivative(polynomial, x, *step)


@in_candidate
def slope_of(name, x):
    """Return numerical_derivative of a function of the math module at x, with the step left to the student."""
    return numerical_derivative(getattr(math, name), x)


@number("4.1")
@weight(2)
@tags("derivatives")
def test_slope_of_a_straight_line(rng):
    """numerical_derivative of a x + b is a, everywhere."""
    a, b, x = (float(v) for v in rng.uniform(-3, 3, 3))
    found = slope_of_polynomial([b, a], x)
    hint = "Rise over run: the difference of two values of f, divided by the distance between their places."
    call = f"numerical_derivative of {a:.3f} t + {b:.3f} at {x:.3f}"
    assert_close(found, a, rtol=1e-7, atol=1e-8, call=call, hint=hint)  # rounding: about 1e-15 / h = 1e-10


@number("4.1")
@weight(3)
@tags("derivatives")
@pytest.mark.parametrize("h", [0.5, 0.01])
def test_central_difference_is_exact_for_a_parabola(rng, h):
    """numerical_derivative looks to both sides: for a parabola it is right even with a large h."""
    a, b, x = (float(v) for v in rng.uniform(1, 3, 3))
    found = slope_of_polynomial([0.0, b, a], x, h)
    call = f"numerical_derivative of {a:.3f} t**2 + {b:.3f} t at {x:.3f} with h={h}"
    hint = "A central difference uses f(x + h) and f(x - h), which are 2 h apart."
    assert_close(found, 2 * a * x + b, rtol=1e-10, call=call, hint=hint)  # rounding: about 1e-15 / h


@number("4.1")
@weight(2)
@tags("derivatives")
@visibility("hidden")
def test_the_step_is_the_one_given(rng):
    """numerical_derivative takes the step it is given: for t**3 the error is exactly h squared."""
    x = float(rng.uniform(0.5, 2))
    found = [slope_of_polynomial([0, 0, 0, 1], x, h) for h in (0.1, 0.25)]
    expected = [3 * x**2 + h**2 for h in (0.1, 0.25)]
    call = f"numerical_derivative of t**3 at {x:.3f} with h=0.1 and h=0.25"
    assert_close(found, expected, rtol=1e-9, call=call, hint="Use the argument h, and no step of your own.")


@number("4.1")
@weight(3)
@tags("derivatives")
@visibility("hidden")
@pytest.mark.parametrize(("name", "x"), [("sin", 0.7), ("exp", 1.5), ("sqrt", 2.0), ("log", 0.5)])
def test_slopes_of_curved_functions(name, x):
    """numerical_derivative with its own step is right to seven digits where the curve bends."""
    expected = {"sin": math.cos(x), "exp": math.exp(x), "sqrt": 0.5 / math.sqrt(x), "log": 1 / x}[name]
    # A central difference of step 1e-5 misses by 1e-10 times the third derivative, one to a single side by 5e-6.
    hint = "Look to both sides of x, with the default step h=1e-5."
    call = f"numerical_derivative(math.{name}, {x})"
    assert_close(slope_of(name, x), expected, rtol=1e-7, atol=1e-8, call=call, hint=hint)


@in_candidate
def slope_at_an_array_scalar():
    """Return the slope of t**2 at a NumPy number, as it is returned."""
    return numerical_derivative(lambda t: t * t, np.float64(3.0))


@number("4.1")
@weight(1)
@tags("derivatives")
@visibility("hidden")
def test_the_slope_is_a_float():
    """numerical_derivative returns a float."""
    found = slope_at_an_array_scalar()
    assert_close(found, 6.0, rtol=1e-7, call="numerical_derivative(lambda t: t * t, np.float64(3.0))")
    assert type(found) is float, f"numerical_derivative should return a float, it gave a {type(found).__name__}"


@in_candidate
def chained_slopes(places):
    """Return the derivative of sin(t**2 + 3 t) at several places, by one function that chain returns."""
    slope = chain(math.cos, lambda t: t**2 + 3 * t, lambda t: 2 * t + 3)
    return [slope(x) for x in places]


@number("4.2")
@weight(4)
@tags("derivatives")
def test_chain_rule(rng):
    """chain(f', g, g') gives the derivative of f(g(x)), at any place."""
    places = [float(x) for x in rng.uniform(-1, 1, 4)]
    expected = [math.cos(x**2 + 3 * x) * (2 * x + 3) for x in places]
    call = "chain(cos, g, g') with g(t) = t**2 + 3 t, at four places"
    hint = "f'(g(x)) times g'(x): the outer derivative is taken at g(x), and the inner one is not forgotten."
    assert_close(chained_slopes(places), expected, rtol=1e-12, call=call, hint=hint)


@in_candidate
def chained_numbers(x):
    """Return the derivatives of (t**3)**2 and of (5 t)**2 at x."""
    square_prime = lambda t: 2 * t  # noqa: E731
    cubed = chain(square_prime, lambda t: t**3, lambda t: 3 * t**2)
    fivefold = chain(square_prime, lambda t: 5 * t, lambda t: 5)
    return [cubed(x), fivefold(x)]


@number("4.2")
@weight(2)
@tags("derivatives")
@visibility("hidden")
def test_chain_rule_by_hand():
    """chain agrees with (t**3)**2 = t**6 and (5 t)**2 = 25 t**2, whose derivatives are 6 t**5 and 50 t."""
    assert_close(chained_numbers(2), [192, 100], rtol=0, atol=0, call="chain for (t**3)**2 and (5 t)**2 at 2")


@number("4.3")
@weight(3)
@tags("derivatives")
def test_running_average(rng):
    """fixed_running_average gives the means of the first 1, 2, 3, ... values."""
    values = [float(v) for v in rng.uniform(-10, 10, 7)]
    expected = [sum(values[: i + 1]) / (i + 1) for i in range(len(values))]
    hint = "Print total and the divisor in each round: after the first value they should be that value and 1."
    found = fixed_running_average(values)
    assert_close(found, expected, rtol=1e-12, call=f"fixed_running_average of {len(values)} numbers", hint=hint)


@number("4.3")
@weight(2)
@tags("derivatives")
@pytest.mark.parametrize("values", [[1, 2, 4, 6], [7, 8]])
def test_running_average_of_integers_is_not_rounded(values):
    """fixed_running_average of integers keeps the fractions."""
    expected = [sum(values[: i + 1]) / (i + 1) for i in range(len(values))]
    call = f"fixed_running_average({values})"
    found = fixed_running_average(values)
    hint = "// drops the fraction, / keeps it." if np.array_equal(found, np.floor(expected)) else ""
    assert_close(found, expected, rtol=1e-12, call=call, hint=hint)


@number("4.3")
@weight(2)
@tags("derivatives")
@visibility("hidden")
def test_running_average_of_nothing_and_of_one_value():
    """fixed_running_average gives [] for [], and a single value back."""
    pair = fixed_running_average([4.5, 1.5])
    call = "fixed_running_average([4.5, 1.5]): its length, and whether its last value is another one than 1.5"
    assert_equal([len(pair), pair[-1] != 1.5], [2, True], call=call, hint="A mean is not the value itself.")
    found = [fixed_running_average([]), fixed_running_average([4.5])]
    hint = "There is no first value in an empty list: start from 0 and let the loop not run."
    assert_equal(found, [[], [4.5]], call="fixed_running_average([]) and fixed_running_average([4.5])", hint=hint)


@in_candidate
def averages_and_input(values):
    """Return the running means of a list, and the list as it is afterwards."""
    averages = fixed_running_average(values)
    return averages, values


@number("4.3")
@weight(1)
@tags("derivatives")
@visibility("hidden")
def test_running_average_leaves_its_input_alone():
    """fixed_running_average returns a new list; values stays as it is."""
    averages, after = averages_and_input([2, 4, 9])
    assert_close(averages, [2, 3, 5], rtol=1e-12, call="fixed_running_average([2, 4, 9])")
    hint = "Append to a list of your own."
    assert_equal(after, [2, 4, 9], call="the list after fixed_running_average of it", hint=hint)
