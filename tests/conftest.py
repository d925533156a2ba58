"""Lets the tests of this folder import `checkout`, which is no test itself."""

import sys
from pathlib import Path

from hypothesis import settings

# No test of behaviour fails for being slow: that is what benchmarks tell.
settings.register_profile("echogls", deadline=None)
settings.load_profile("echogls")
sys.path.insert(0, str(Path(__file__).parent))
