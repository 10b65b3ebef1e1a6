"""Deployments: instances and servers planned in one file, their settings, proxy and units written from it, run and
watched over."""
