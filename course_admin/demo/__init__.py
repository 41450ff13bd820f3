"""The demonstration: the whole service on one machine, with real repositories, real pushes and a real sandbox.

Nothing in it is pretended but GitHub itself, whose part is played by bare repositories whose hook sends the same signed
JSON. `manage.py demo` starts it; nothing outside its own folder is changed.
"""
