"""Texts → vectors: a static embedding that is built in, or any OpenAI-compatible endpoint."""
