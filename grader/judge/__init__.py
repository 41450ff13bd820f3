"""The judge's box: pytest plug-ins, remote names, points and feedback; tests and expected values live here. Side: judge.

Imports `wire`, `verdict`, `result` and `errors`; imported by the supervisor (for sentences and planned checks), never by
the candidate.
"""
