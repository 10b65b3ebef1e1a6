"""Python: syntax tree to facts."""
