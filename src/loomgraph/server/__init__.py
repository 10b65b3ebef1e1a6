"""The HTTP server: every project over one address, in LoomGraph's own routes and in LightRAG's. It translates, decides
nothing, and calls the service alone; FastAPI and uvicorn come with the extra `server`."""
