"""Documents on paper (PDF): a page in the house style, its fonts, and what is drawn on it.

fpdf2 takes numpy where it finds it, to handle unusual pictures faster, and works without it. It is imported here first,
with numpy out of sight: the web process is to stay small.
"""

import sys


def _import_fpdf_without_numpy() -> None:
    hidden = "numpy" not in sys.modules
    if hidden:
        sys.modules["numpy"] = None  # type: ignore[assignment]
    try:
        import fpdf  # noqa: F401
    finally:
        if hidden:
            del sys.modules["numpy"]


_import_fpdf_without_numpy()
