"""Text with positions: files, spans, YAML documents and diagnostics."""
