"""The MCP server: what agents ask, over standard input and output or HTTP; it calls the service and nothing below."""
