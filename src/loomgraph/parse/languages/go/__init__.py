"""Go: how its syntax tree becomes facts."""
