"""The engine: grades a folder of student code against a suite, without ever running that code itself. Side: any.

What it promises: the judge (`grader.judge`) holds tests, expected values and points and never imports student code;
the candidate (`grader.candidate`) runs student code in a sandbox and can only send values; a fault of ours raises a
`GraderError` and is never scored. Importing this package costs nothing.
"""

__version__ = "0.1.0"
