"""EchoGLS: reproducible validation of automatic left-ventricular longitudinal strain.

ARCHITECTURE.md lists the rooms, each of which imports only rooms below it. Importing the package
loads none of them; `training` alone needs TensorFlow.
"""

import os

# Without this TensorFlow leaves its faster convolutions off on most processors without AVX-512:
# a step of training then takes 1.8 times as long.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

__version__ = "0.3.0"

# Name -> the module that it is in, loaded when it is asked for; "" is a room of its own.
_OFFERED = {
    "measure": "measuring",
    "measure_file": "measuring",
    "Measurement": "measurement",
    "StudyError": "study",
    "agreement": "",
}


def __getattr__(name: str):
    if name not in _OFFERED:
        raise AttributeError(f"module 'echogls' has no attribute '{name}'")
    import importlib

    module = importlib.import_module(f"echogls.{_OFFERED[name] or name}")
    return getattr(module, name) if _OFFERED[name] else module


def __dir__() -> list[str]:
    return sorted([*globals(), *_OFFERED])
