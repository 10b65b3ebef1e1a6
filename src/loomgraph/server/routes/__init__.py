"""The routes, a module a topic. Each turns a request into one call of the service, and its answer into JSON."""
