"""EchoGLS: reproducible validation of automatic left-ventricular longitudinal strain.

Rooms, top to bottom (each imports only rooms below it): manuscript, agreement,
strain, fusion, motion, segmentation, views, simulation, readers, cohorts, and
at the bottom `runtime`, `cine`, and `study`. Importing the package loads none
of them, and never TensorFlow.
"""

__version__ = "0.1.0"
