"""Repositories of our own: each student's, made from an assignment's template, bound to them before the first push."""
