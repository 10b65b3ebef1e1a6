"""TSX sources."""
