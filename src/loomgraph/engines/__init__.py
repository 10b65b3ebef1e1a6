"""Engines: what holds one project's graph and answers for it."""
