"""What all tests share."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real footage and official splits beside the checkout; tests that need it skip without it."""
    if not (SHARED / "clips").is_dir():
        pytest.skip("no folder of reference footage lies beside the checkout")
    return SHARED
