"""One module a language: its rules of resolution. See ``registry`` for which language uses which."""
