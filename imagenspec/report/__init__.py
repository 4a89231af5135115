"""Findings, rules and tables in the forms that people and programs read: pure functions."""
