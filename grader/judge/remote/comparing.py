"""Comparisons with the student's objects: who may answer them. Side: judge.

Two of the student's objects are compared by their own class, as in one process; but a class that says it is equal to
something that the judge has just made up is equal to everything, and its word is refused. What a subclass of int, str or
tuple stands for is compared here, as the plain value. That an object is unequal to a value of the test's is believed, since
any object of a class without a comparison is: nobody gains by saying so. That it is equal, or comes before or after one,
counts only in a suite that trusts the student's classes; and so does how far it is from one, `abs(result - 3.5) < 1e-6`.
"""

import builtins
import operator
import os
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np

from grader.judge.exceptions import CandidateRaised, RemoteMisuse, raised
from grader.judge.feedback import with_article

QUESTIONS: dict[str, Callable[[Any, Any], Any]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge")
}
REFLECTED = {"eq": "eq", "ne": "ne", "lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}
#: What says how near two are to each other.
DISTANCES = frozenset("sub truediv isub itruediv xor ixor".split())
NUMBERS = (int, float, complex, Decimal, Fraction, timedelta, np.generic, np.ndarray)


def compare(asked: Any, question: str, other: Any) -> Any:
    """Return what a student's object answers to a comparison; raises RemoteMisuse where its answer would not count."""
    connection = asked._assay_connection
    if other is None and question in ("eq", "ne"):
        return _compare_with_none(asked, question)
    if other is np._NoValue:  # by which NumPy asks whether it was given anything
        return question == "ne"
    if issubclass(type(asked), str):  # what it holds has crossed once, and is that for good
        return QUESTIONS[question](str.__str__(asked), other)
    if is_students(other) or connection.trusts_equality:
        _refuse_equal_to_everything(asked, question)
        answer = connection.request(question, asked, other)
        return _without_its_truth(asked, answer) if hasattr(type(answer), "_assay_handle") else answer
    plain = _plain(asked)
    if type(plain) is tuple and len(plain) == 1:
        return QUESTIONS[question](plain[0], other)
    if type(plain) is tuple and len(plain) == 2 and type(other) is SimpleNamespace:
        return QUESTIONS[question](plain[0], vars(other))
    if _compares_itself(other, question):
        answer = connection.request("getattr", asked, f"__{question}__")(other)
        if answer is NotImplemented:
            return answer
    else:
        answer = connection.request(question, asked, other)
    return answer if _is_unequal(question, answer) else _without_its_truth(asked, answer, question)


def _plain(asked: Any) -> Any:
    """Return, in a tuple, what an instance of a subclass of a built-in class is there; what is none will never be one.

    Who is asked once more, after a comparison has told what it was compared with, would have that to say.
    """
    connection = asked._assay_connection
    if asked._assay_handle in connection.doubts.not_plain:
        return None
    plain = connection.request("plain", asked)
    if type(plain) is not tuple:
        connection.doubts.not_plain.add(asked._assay_handle)
    return plain


def operate(asked: Any, operation: str, *operands: Any) -> Any:
    """Return what an operator gives for a student's object; raises RemoteMisuse for how far it says to be from a test's value.

    A number that comes of such a distance is the student's word as well; one of a subclass of float is worked out here, too.
    """
    connection = asked._assay_connection
    is_distance = operation in DISTANCES and not all(map(is_students, operands)) and not connection.trusts_equality
    if not is_distance and asked._assay_handle not in connection.doubts.distances:
        return connection.request(operation, *operands)
    plain = _plain(asked)
    answer = connection.request(operation, *operands)
    if hasattr(type(answer), "_assay_handle"):
        connection.doubts.distances.add(answer._assay_handle)
        is_from_a_number = is_distance and any(issubclass(type(each), NUMBERS) for each in operands)
        if is_from_a_number or asked._assay_handle in connection.doubts.answers:
            connection.doubts.answers[answer._assay_handle] = operation  # `assert not (result - 3)`
    elif _says_how_far(answer) and not _is_worked_out(answer, plain, asked, operation, operands):
        raise refused(asked)
    return answer


def _says_how_far(answer: Any) -> bool:
    """Whether an answer is a number, or an empty set: `assert not expected ^ result`."""
    return issubclass(type(answer), NUMBERS) or (type(answer) in (set, frozenset) and not answer)


def _is_worked_out(answer: Any, plain: Any, asked: Any, operation: str, operands: tuple[Any, ...]) -> bool:
    """Whether an answer is what the operator gives for what an instance of a subclass of a built-in class is."""
    if type(plain) is not tuple or len(plain) != 1 or not issubclass(type(plain[0]), (*NUMBERS, set, frozenset)):
        return False
    try:
        own = getattr(operator, operation, None) or getattr(builtins, operation)
        made = own(*(plain[0] if each is asked else each for each in operands))
        return type(made) is type(answer) and bool(np.array_equal(made, answer))
    except Exception:
        return False


def _compares_itself(other: Any, question: str) -> bool:
    """Whether a thing of the test's own is asked where the student's class says that it does not know it."""
    names = (REFLECTED[question], "eq") if question == "ne" else (REFLECTED[question],)
    kind = type(other)
    is_lent = kind.__module__.partition(".")[0] not in ("_pytest", "numpy")
    return is_lent and any(isinstance(getattr(kind, f"__{name}__", None), FunctionType) for name in names)


def _is_unequal(question: str, answer: Any) -> bool:
    """Whether an answer says that two are unequal, which `object()` is to every value as well."""
    return question in ("eq", "ne") and type(answer) in (bool, np.bool_) and bool(answer) is (question == "ne")


def _without_its_truth(asked: Any, answer: Any, question: str = "") -> Any:
    """Return an answer that is neither yes nor no: elements of an array, or an object, whose truth is refused from now on."""
    if answer is NotImplemented:  # of what cannot be sent
        return answer
    if not _is_neither(answer) or (type(answer) is np.ndarray and _is_equal_throughout(question, answer)):
        raise refused(asked)
    if hasattr(type(answer), "_assay_handle"):
        asked._assay_connection.doubts.answers[answer._assay_handle] = question
    return answer


def _is_equal_throughout(question: str, answer: Any) -> bool:
    """Whether the elements of an answer say, one and all, that an object is equal to a value of the test's."""
    if question not in ("eq", "ne"):
        return False
    try:
        return bool(np.all(answer) if question == "eq" else not np.any(answer))
    except Exception:  # texts, which are no truth values
        return True


def refuse_whole_truth(asked: Any, name: str) -> None:
    """Refuse to ask what was answered to == or != whether all or any of it is true."""
    if name in ("all", "any") and asked._assay_connection.doubts.answers.get(asked._assay_handle) in ("eq", "ne"):
        raise refused(asked)


def _is_neither(answer: Any) -> bool:
    """Whether an answer is no yes or no by itself: several elements, or an object."""
    return hasattr(type(answer), "_assay_handle") or (type(answer) is np.ndarray and answer.size != 1)


def _compare_with_none(asked: Any, question: str) -> Any:
    """Return that an object is not None, which crosses by value; a class that says it is gets refused."""
    answer = asked._assay_connection.request(question, asked, None)
    return answer if _is_unequal(question, answer) else _without_its_truth(asked, answer, question)


def by_name(asked: Any, question: str) -> Callable[[Any], Any]:
    """Return `asked.__eq__` and the like: what the object's own method answers, and the same refused of it as of `==`."""

    def ask(other: Any) -> Any:
        method = asked._assay_connection.request("getattr", asked, f"__{question}__")
        answer = method(other)
        return answer if answer is NotImplemented else compare(asked, question, other)

    return ask


def _refuse_equal_to_everything(asked: Any, question: str) -> None:
    """Refuse a class that says yes whatever it is asked about; that is found out once for each class and question."""
    connection = asked._assay_connection
    kind = (type(asked), question)
    if kind in connection.doubts.classes:
        return
    connection.doubts.classes.add(kind)
    nonsense = f"nothing that anybody knows {os.urandom(8).hex()}"
    try:
        answer = connection.request(question, asked, nonsense)
        is_yes = None if _is_neither(answer) else bool(answer)
    except BaseException as problem:
        if not isinstance(problem, CandidateRaised):
            raise
        return  # as most classes answer that are asked about what they do not know
    if is_yes is (question != "ne"):
        raise connection.refuse(
            RemoteMisuse(
                f"{with_article(type(asked).__name__)} says yes to {question} with anything at all; compare its values instead"
            )
        )


def refused(asked: Any) -> RemoteMisuse:
    """Return what is raised where an object of the student's would decide what a value of the test's is equal to."""
    sentence = f"{with_article(type(asked).__name__)} object came back where plain values are compared"
    misuse: RemoteMisuse = asked._assay_connection.refuse(RemoteMisuse(sentence))
    return misuse


def is_students(value: Any) -> bool:
    """Whether a value stands for an object of the student's."""
    return hasattr(type(value), "_assay_shown") or raised(value) is not None
