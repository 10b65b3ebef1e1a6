"""A tiny shop: the example of the documentation."""
