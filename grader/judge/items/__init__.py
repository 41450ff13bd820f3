"""Pytest's items as the judge sees them: unittest's methods, what marks say, what names stand for. Side: judge."""
