"""EchoGLS: reproducible validation of automatic left-ventricular longitudinal strain.

ARCHITECTURE.md lists the rooms, each of which imports only rooms below it. Importing the package
loads none of them; `training` alone needs TensorFlow.
"""

import os

# Without this TensorFlow leaves its faster convolutions off on most processors without AVX-512:
# a step of training then takes 1.8 times as long.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

__version__ = "0.1.0"
