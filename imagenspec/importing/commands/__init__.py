"""Requests in commands: shells, ``curl``, PowerShell and ``.http`` files, read without running anything."""
