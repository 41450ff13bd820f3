"""Failures of an assignment that look alike: found, shown, answered at once, split and merged by hand."""
