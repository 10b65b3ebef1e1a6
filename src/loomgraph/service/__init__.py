"""The use cases: plain data in and out."""
