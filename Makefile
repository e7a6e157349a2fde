.PHONY: lock
V := .venv/bin
COMPILE = $(V)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate
lock:
	$(COMPILE) requirements/base.in -o requirements/base.txt
	$(COMPILE) -c requirements/base.txt requirements/base.in requirements/ml.in -o requirements/ml.txt
	$(COMPILE) -c requirements/ml.txt requirements/base.in requirements/ml.in requirements/dev.in -o requirements/dev.txt
