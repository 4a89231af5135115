"""The ledger: what was planned, sent and paid for, in one file for all processes of a project."""
