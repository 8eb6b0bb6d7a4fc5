"""A running system over an exported model, which candidates may replace."""

import pytest


@pytest.fixture
def system(serving):
    """The one that `camera`, `push` and `browse` use."""
    return serving
