"""go.mod and go.work: where the modules of a project lie and what replaces what."""
