"""Repositories that exist already, made elsewhere: listed by GitHub on request, and taken over once somebody confirms each."""
