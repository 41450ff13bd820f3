"""Suites: what a folder with a `suite.toml` says, its archive, its check before it may grade anybody, its starter. Side: any.

`manifest`, `bundle`, `advice` and `prerequisites` import `source` and below; `check/` grades, so it stands above the
supervisor; `authoring/` reads files only.
"""
