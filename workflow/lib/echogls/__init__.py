"""EchoGLS: reproducible validation of automatic left-ventricular longitudinal strain.

Rooms, top to bottom (each imports only rooms below it): manuscript, agreement,
strain, fusion, motion, segmentation, views, simulation, readers, cohorts, and
at the bottom `runtime`, `cine`, and `study`. Importing the package loads none
of them, and never TensorFlow.
"""

import os

# Without this TensorFlow leaves its faster convolutions off on most processors without AVX-512:
# a step of training then takes 1.8 times as long.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

__version__ = "0.1.0"
