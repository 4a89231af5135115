"""What keeps generated files in step with their data; for a checkout, not for users."""
