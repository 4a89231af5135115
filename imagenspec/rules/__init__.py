"""The documented constraints as rules: one small function each, one file a family."""
