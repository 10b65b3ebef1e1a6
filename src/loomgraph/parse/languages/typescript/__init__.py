"""TypeScript sources."""
