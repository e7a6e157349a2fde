"""Uploads, checks, matches, decisions and registrations over the API."""
