import gc

import pytest


@pytest.fixture(autouse=True)
def networks_given_back(request):
    """Networks lie in circles of references: several of a gigabyte would pile up."""
    yield
    if request.node.get_closest_marker("slow"):
        gc.collect()
