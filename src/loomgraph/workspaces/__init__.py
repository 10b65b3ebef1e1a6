"""Projects: their names and the folders that hold their graphs."""
