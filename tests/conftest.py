"""One thread a test, and `checkout`, which is no test itself, to be imported from this folder."""

import os
import sys
from pathlib import Path

from hypothesis import settings

# As the workflow has it for its jobs: workers run side by side, and threads of BLAS, OpenCV and
# TensorFlow would only wait for each other, which costs twenty times the work where matrices are
# small. The libraries read this when they are first imported, here and in what a test starts.
for name in (
    "OPENBLAS_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
):
    os.environ.setdefault(name, "1")

# No test of behaviour fails for being slow: that is what benchmarks tell.
settings.register_profile("echogls", deadline=None)
settings.load_profile("echogls")
sys.path.insert(0, str(Path(__file__).parent))


def pytest_collection_modifyitems(items):
    """Files with whole studies first, so that at the end every worker finds something short."""
    long = {item.path for item in items if item.get_closest_marker("workflow")}
    items.sort(key=lambda item: item.path not in long)
