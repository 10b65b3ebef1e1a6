"""A conversation → the words of a language model, piece by piece, from any server with OpenAI's API."""
