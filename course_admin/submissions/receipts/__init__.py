"""Signed receipts of attempts: what was handed in, and when, for anybody to check."""
