"""The command line: what `python -m grader` parses, calls and prints. Side: worker.

`main` has the commands, `suite_commands` those below `suite`; `terminal` prints results, `progress` how far something is.
Nothing imports it but `__main__`.
"""
