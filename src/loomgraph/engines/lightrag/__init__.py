"""LightRAG as an engine: its storages and its retrieval, behind this program's contracts."""
