import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # the made beating wall beside the tests
