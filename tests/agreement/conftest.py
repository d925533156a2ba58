import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the published examples beside the tests


@pytest.fixture
def by_name():
    """Rows as a dict of their statistic."""
    return lambda rows: {row["statistic"]: row for row in rows}
