"""Certificates and match reports as PDF, made in the web process on request."""
