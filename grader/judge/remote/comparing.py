"""Comparisons with the student's objects: who may answer them. Side: judge.

Two of the student's objects are compared by their own class, as in one process; but a class that says it is equal to
something that the judge has just made up is equal to everything, and its word is refused. What a subclass of int, str or
tuple stands for is compared here, as the plain value. That an object is unequal to a value of the test's is believed, since
any object of a class without a comparison is: nobody gains by saying so. That it is equal, or comes before or after one,
counts only in a suite that trusts the student's classes.
"""

import operator
import os
from collections.abc import Callable
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np

from grader.judge.exceptions import CandidateRaised, RemoteMisuse, raised
from grader.judge.feedback import with_article

QUESTIONS: dict[str, Callable[[Any, Any], Any]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge")
}
REFLECTED = {"eq": "eq", "ne": "ne", "lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}


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
    plain = connection.request("plain", asked)
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
    return answer if _is_unequal(question, answer) else _without_its_truth(asked, answer)


def _compares_itself(other: Any, question: str) -> bool:
    """Whether a thing of the test's own is asked where the student's class says that it does not know it."""
    names = (REFLECTED[question], "eq") if question == "ne" else (REFLECTED[question],)
    kind = type(other)
    is_lent = kind.__module__.partition(".")[0] not in ("_pytest", "numpy")
    return is_lent and any(isinstance(getattr(kind, f"__{name}__", None), FunctionType) for name in names)


def _is_unequal(question: str, answer: Any) -> bool:
    """Whether an answer says that two are unequal, which `object()` is to every value as well."""
    return question in ("eq", "ne") and type(answer) in (bool, np.bool_) and bool(answer) is (question == "ne")


def _without_its_truth(asked: Any, answer: Any) -> Any:
    """Return an answer that is neither yes nor no: elements of an array, or an object, whose truth is refused from now on."""
    if not _is_neither(answer):
        raise refused(asked)
    if hasattr(type(answer), "_assay_handle"):
        asked._assay_connection.doubted_answers.add(answer._assay_handle)
    return answer


def _is_neither(answer: Any) -> bool:
    """Whether an answer is no yes or no by itself: several elements, or an object."""
    return hasattr(type(answer), "_assay_handle") or (type(answer) is np.ndarray and answer.size != 1)


def _compare_with_none(asked: Any, question: str) -> Any:
    """Return that an object is not None, which crosses by value; a class that says it is gets refused."""
    answer = asked._assay_connection.request(question, asked, None)
    return answer if _is_unequal(question, answer) else _without_its_truth(asked, answer)


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
    if kind in connection.doubted:
        return
    connection.doubted.add(kind)
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
