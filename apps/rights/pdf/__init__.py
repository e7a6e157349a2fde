"""Certificates and match reports on paper. fpdf2 is light enough for the web process, and loaded when first needed."""
