"""The service: where requests go, as whom, how fast, and what its answers mean."""
