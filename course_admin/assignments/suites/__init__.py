"""Suites as the service knows them: versions that are kept, and the check before one may grade anybody."""
