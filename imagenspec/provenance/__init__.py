"""Where a picture comes from, written into its file beside the pixels, and read back from there."""
