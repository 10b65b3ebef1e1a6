"""JavaScript sources."""
