"""`python -m ml <capability> <verb> …`."""

import sys

from ml.cli import main

sys.exit(main(sys.argv[1:]))
