"""Tests that a course has already, made into a suite: read as text and data, and never executed. Side: worker.

`writing.import_suite` is the front door. Each kind of source has a reader of its own, which takes the source's files and
returns an `Imported`; whatever it cannot take over ends in the notes, which are written beside the suite.
"""
