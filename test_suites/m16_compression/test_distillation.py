"""KnowledgeDistillation: a weighted sum of following the teacher (soft) and meeting the labels (hard).

The course's soft part differs from the literature's in direction and normalisation, so that it is graded by properties:
what it is for equal logits, which way it goes, and how it is weighed.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.tensor import Tensor
from tinytorch.perf.compression import KnowledgeDistillation

HARD_HINT = "hard is the mean of -log(softmax(student_logits)[label]): no temperature, rows shifted by their maximum."
SOFT_HINT = (
    "soft compares softmax(logits / temperature) of student and teacher, row by row; it is 0 where they are equal."
)
MIX_HINT = "alpha * soft + (1 - alpha) * hard"


def loss_of(student, teacher, labels, **settings):
    """Return the distillation loss as a number, also where it comes as a Tensor."""
    loss = KnowledgeDistillation(None, None, **settings).distillation_loss(Tensor(student), Tensor(teacher), labels)
    return float(loss if isinstance(loss, (int, float, np.ndarray, np.generic)) else loss.data)


def cross_entropy(logits, labels):
    logits = logits.astype(np.float64)
    shifted = logits - logits.max(axis=1, keepdims=True)
    return float((np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels]).mean())


def draw(rng, samples=5, classes=4):
    """Return logits of student and teacher, and labels."""
    return ordinary(rng, samples, classes), ordinary(rng, samples, classes), rng.integers(0, classes, samples)


def require_cross_entropy(rng):
    """Require the right loss for alpha 0, to 5 %, for good and for bad answers: the twin of what a constant has as well."""
    student, teacher, _ = draw(rng)
    for labels in (student.argmax(axis=1), student.argmin(axis=1)):
        got = loss_of(student, teacher, labels, temperature=1.0, alpha=0.0)
        want = cross_entropy(student, labels)
        assert_close(got, want, rtol=0.05, call="the loss for alpha 0 and temperature 1", hint=HARD_HINT)


@number("12.1")
@weight(2)
def test_alpha_zero_is_the_cross_entropy(rng):
    """With alpha 0 the loss is the mean cross-entropy of the student; [[1, 2, 3], [0, 0, 0]] with labels 0 and 1 has 1.75311."""
    for student, teacher, labels in (
        draw(rng),
        (np.array([[1.0, 2, 3], [0, 0, 0]]), np.array([[3.0, 2, 1], [1, 0, 0]]), np.array([0, 1])),
    ):
        got = loss_of(student, teacher, labels, temperature=3.0, alpha=0.0)
        given = {"student": student, "labels": labels}
        call = "distillation_loss for alpha 0"
        assert_close(got, cross_entropy(student, labels), rtol=1e-4, call=call, given=given, hint=HARD_HINT)


@number("12.2")
@weight(2)
def test_alpha_weighs_the_two_parts(rng):
    """The loss at alpha 0.3 lies three tenths of the way from that at alpha 0 to that at alpha 1."""
    student, teacher, labels = draw(rng)
    at = {alpha: loss_of(student, teacher, labels, temperature=2.0, alpha=alpha) for alpha in (0.0, 0.3, 1.0)}
    assert abs(at[1.0] - at[0.0]) > 1e-3, f"The loss is {at[0.0]:.4g} for alpha 0 and {at[1.0]:.4g} for 1. {MIX_HINT}"
    want = 0.7 * at[0.0] + 0.3 * at[1.0]
    assert_close(
        at[0.3], want, rtol=1e-4, atol=1e-5, call="the loss for alpha 0.3", given={"losses": at}, hint=MIX_HINT
    )
    require_cross_entropy(rng)


@number("12.3")
@weight(2)
def test_following_the_teacher_costs_nothing(rng):
    """With alpha 1, equal logits have loss 0, also if they are shifted; different ones have a positive loss."""
    student, teacher, labels = draw(rng)
    for shift in (0, 5):
        got = loss_of(student, student + shift, labels, temperature=3.0, alpha=1.0)
        # The 1e-8 inside the logarithms leave about 1e-7 behind, the float32 rounding of 20 terms about 1e-6.
        assert_close(got, 0, rtol=0, atol=5e-6, call="the loss for alpha 1 and equal logits", hint=SOFT_HINT)
    got = loss_of(student, teacher, labels, temperature=3.0, alpha=1.0)
    assert got > 1e-3, f"The loss for alpha 1 and different logits must be positive, and it is {got:.3g}. {SOFT_HINT}"


@number("12.4")
@weight(1.5)
@visibility("hidden")
def test_temperature_softens(rng):
    """With alpha 1 the loss is smaller at temperature 10 than at 1: softened answers differ less."""
    for _ in range(3):
        student, teacher, labels = draw(rng)
        at = {t: loss_of(student, teacher, labels, temperature=t, alpha=1.0) for t in (1.0, 10.0)}
        hint = "Divide the logits by the temperature before the softmax."
        text = f"The loss for alpha 1 is {at[1.0]:.4g} at temperature 1 and {at[10.0]:.4g} at 10"
        assert at[1.0] > 1e-3, f"{text}; at 1 it must be positive. {SOFT_HINT}"
        assert at[10.0] < 0.5 * at[1.0], f"{text}; it must fall. {hint}"


@number("12.5")
@weight(1.5)
@visibility("hidden")
def test_the_hard_part_knows_no_temperature(rng):
    """With alpha 0 the loss does not depend on the temperature."""
    student, teacher, labels = draw(rng)
    got = [loss_of(student, teacher, labels, temperature=t, alpha=0.0) for t in (1.0, 4.0)]
    assert_close(got[1], got[0], rtol=1e-4, call="the loss for alpha 0 at temperature 4, as at 1", hint=HARD_HINT)
    require_cross_entropy(rng)


@number("12.6")
@weight(1.5)
@visibility("hidden")
def test_the_student_meets_the_labels(rng):
    """With alpha 0 the student's logits decide: right and sure is cheap, wrong and sure costs, whatever the teacher says."""
    labels = rng.integers(0, 3, 4)
    right = np.eye(3, dtype=np.float32)[labels] * 9
    wrong = np.eye(3, dtype=np.float32)[(labels + 1) % 3] * 9
    cheap = loss_of(right, wrong, labels, temperature=1.0, alpha=0.0)
    costly = loss_of(wrong, right, labels, temperature=1.0, alpha=0.0)
    hint = "The labels are compared with the student's logits; the teacher's enter the soft part alone."
    assert cheap < 0.01, f"A student that is right and sure has the loss {cheap:.3g} for alpha 0. {hint}"
    assert costly > 5, f"A student that is wrong and sure has the loss {costly:.3g} for alpha 0. {hint}"


@in_candidate
def attributes_of_a_distillation(teacher, student):
    """Say whether the models are stored as they are, and give the settings, also where none were given."""
    made, plain = KnowledgeDistillation(teacher, student, 5.0, 0.25), KnowledgeDistillation(teacher, student)
    return {
        "models": [made.teacher_model is teacher, made.student_model is student],
        "settings": [made.temperature, made.alpha],
        "defaults": [plain.temperature, plain.alpha],
    }


@number("12.7")
@weight(0.5)
@visibility("hidden")
def test_the_settings_are_stored(rng):
    """teacher_model, student_model, temperature (3.0 by default) and alpha (0.7 by default) are stored under their names."""
    want = {"models": [True, True], "settings": [5.0, 0.25], "defaults": [3.0, 0.7]}
    found = attributes_of_a_distillation([1], [2])
    assert_equal(
        found, want, call="attributes of KnowledgeDistillation", hint="self.temperature = temperature, and so on."
    )
    require_cross_entropy(rng)


@number("13.1")
@weight(2)
@pytest.mark.parametrize("form", ["array", "tensor"])
def test_one_hot_labels_are_labels_too(rng, form):
    """One-hot rows, in an array or a Tensor, give the loss of the class indices that they stand for."""
    student, teacher, labels = draw(rng)
    rows = np.eye(4, dtype=np.float32)[labels]
    got = loss_of(student, teacher, rows if form == "array" else Tensor(rows), temperature=3.0, alpha=0.4)
    want = loss_of(student, teacher, labels, temperature=3.0, alpha=0.4)
    hint = "Labels with two axes are one-hot: take argmax(axis=1)."
    assert_close(got, want, rtol=1e-4, call=f"the loss for one-hot labels in a {form}, as for indices", hint=hint)
    require_cross_entropy(rng)


@number("13.2")
@weight(2)
@visibility("hidden")
def test_large_logits_stay_finite(rng):
    """Logits of 1000 and -1000 give a finite loss."""
    student = np.array([[1000.0, -1000, 0], [-1000, 1000, 500]], dtype=np.float32)[:, rng.permutation(3)]
    labels = student.argmax(axis=1)
    hint = "Subtract each row's maximum before exp, which overflows at 89; and keep 0 out of the logarithm."
    for teacher in (student, -student):
        got = loss_of(student, teacher, labels, temperature=1.0, alpha=0.5)
        assert np.isfinite(got), f"The loss for logits of 1000 and -1000 is {got}. {hint}"
    got = loss_of(student, student, student.argmin(axis=1), temperature=1.0, alpha=0.0)
    assert np.isfinite(got), f"The loss of a student that is wrong and sure is {got}. {hint}"
    assert got > 10, f"The loss of a student that is wrong and sure is only {got:.3g}. {hint}"
    got = loss_of(student, student, labels, temperature=1.0, alpha=0.0)
    assert_close(got, 0, rtol=0, atol=1e-4, call="the loss for alpha 0 of a right and sure student", hint=hint)
    require_cross_entropy(rng)
