from __future__ import annotations

import pytest
from trained import Training


@pytest.fixture
def training():
    return Training().advance()
