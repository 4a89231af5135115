"""Findings and tables as text and JSON: pure functions."""
