"""Pages of the registry: upload and check, read the report, decide, register."""
