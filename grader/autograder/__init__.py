"""The engine as one archive for Gradescope: made here, and run in its container, where nothing else of ours is. Side: worker.

`archive` makes it; `scripts/` are the two that Gradescope calls; `judge_submission` is what the second one starts there.
`python -m grader.autograder` makes the larger part of it beforehand, while an image is built.
"""
