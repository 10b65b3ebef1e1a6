"""A question → ranked passages and symbols of one project: one signal a file, fused with weights kept as data."""
