"""Commands of `manage.py` about hosts of code."""
