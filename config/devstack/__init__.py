"""Everything `make run` and `make test` need beside Python: embedded services, roles, ports, supervision.

Production does not use this package: there the same URLs come from the environment (docs/operations.md).
"""
