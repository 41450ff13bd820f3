"""Gradescope: an autograder there that asks for the results from here."""
