"""Grading by people: questions of an assignment, their rubric, who grades which answer, and what comes of it.

An assignment without a manual part, which is the default, is graded by its suite alone.
"""
