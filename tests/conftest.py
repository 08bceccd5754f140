"""What several tests need."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "data" / "sample"


@pytest.fixture(scope="session")
def sample() -> Path:
    """The project's own labelled text."""
    return SAMPLE
