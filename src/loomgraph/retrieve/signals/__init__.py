"""The signals of a passage, one a file: each a number between 0 and 1 within one question."""
