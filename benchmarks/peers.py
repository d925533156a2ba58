"""Others' optical flow and others' runtimes, on the frames and graphs of this study."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import cv2
import numpy as np
from jobs import cpu_s

from echogls import runtime
from echogls.cine import load_cines
from echogls.motion import Sampler, _tracking, check_pair, track_clip
from echogls.motion._contrast import valid_pixels
from echogls.motion._flow import Flow
from echogls.places import MODELS
from echogls.segmentation.clip import load_segmentations
from echogls.study import LABELS
from echogls.truth.budget import sector_origin_mm
from echogls.truth.motion_error import motion_error

CALLS = 7  # of each graph; the median counts, which three slow ones do not move


def dis(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """OpenCV's DIS as it comes (Kroeger et al. 2016), the unit of all ratios."""
    return cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(first, second, None)


def farneback(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """OpenCV's polynomial expansion (Farneback 2003), its documentation's settings."""
    return cv2.calcOpticalFlowFarneback(first, second, None, 0.5, 3, 15, 3, 5, 1.2, 0)


def tv_l1(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """scikit-image's TV-L1 (Zach et al. 2007) as it comes."""
    from skimage.registration import optical_flow_tvl1

    return np.stack(optical_flow_tvl1(first, second)[::-1], axis=-1)


def ilk(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """scikit-image's iterative Lucas-Kanade (Le Besnerais & Champagnat 2005) as it comes."""
    from skimage.registration import optical_flow_ilk

    return np.stack(optical_flow_ilk(first, second)[::-1], axis=-1)


PEERS = {
    "OpenCV DIS": dis,
    "OpenCV Farneback": farneback,
    "scikit-image TV-L1": tv_l1,
    "scikit-image iLK": ilk,
}


def as_estimator(flow_of: Callable) -> SimpleNamespace:
    """Another's flow as an estimator of this house, as sure of all that the pair shows."""

    def estimate(first: np.ndarray, second: np.ndarray) -> Flow:
        check_pair(first, second)
        seen = valid_pixels(first, second).astype(np.float32)
        return Flow(flow_of(first, second).astype(np.float32) * seen[..., None], seen)

    return SimpleNamespace(estimate=estimate, THREADS=1)


def motion_rows(
    folder: Path, segmentation: Path, truth: Path, pairs: int, ours: list[str]
) -> Iterator[dict]:
    """Others' flow and ours on the first pairs of the chosen clip, one thread: processor time a
    pair, and the end-point error along the true wall, mm.

    folder : of a patient, as the study leaves it.
    """
    (clip, wall), *_ = load_segmentations(segmentation).items()
    cine = load_cines(folder / "cines.npz", [clip])[clip]
    with np.load(truth, allow_pickle=False) as stored:
        stored_values = dict(stored)
    part = slice(0, pairs + 1)
    line = (stored_values["material_mm"] - sector_origin_mm(cine))[part]
    find = _tracking.estimator
    for name in (*PEERS, *ours):
        module = as_estimator(PEERS[name]) if name in PEERS else find(name)
        arguments = (
            cine.frames[part],
            wall.mask[part] == LABELS["myocardium"],
            cine.scale,
            cine.times_s[part],
            name,
        )
        with mock.patch.object(_tracking, "estimator", lambda _, patched=module: patched):
            few = (a[:3] if isinstance(a, np.ndarray) else a for a in arguments)
            track_clip(*few, workers=1)  # loads what it needs
            used = cpu_s()
            track = track_clip(*arguments, workers=1)
            used = cpu_s() - used
        error = motion_error(Sampler(track), line, cine.times_s[part])
        yield {
            "kind": "motion",
            "name": name,
            "n": pairs,
            "warm_cpu_ms": 1000 * used / pairs,
            "accuracy": error["epe_along"],
            "accuracy_is": "end-point error along the wall, mm a frame",
        }


def graph_rows(names: list[str]) -> Iterator[dict]:
    """Each shipped graph on every runtime that is installed, one thread: processor time a call,
    and the largest difference from LiteRT."""
    for name in names:
        path = runtime.shipped_model(MODELS, name)
        reference = runtime.load_graph(path, 1)
        shapes = _input_shapes(path)
        rng = np.random.default_rng(0)
        given = [rng.uniform(0, 1, shape).astype(np.float32) for shape in shapes]
        expected = reference(*given)
        for where, load in RUNTIMES.items():
            began = cpu_s()
            run = load(path, name)
            if run is None:
                continue
            outputs = run(*given)
            loaded = cpu_s() - began
            times = []
            for _ in range(CALLS):
                used = cpu_s()
                run(*given)
                times.append(cpu_s() - used)
            yield {
                "kind": "graph",
                "name": f"{name} on {where}",
                "n": CALLS,
                "cold_cpu_ms": 1000 * loaded,
                "warm_cpu_ms": 1000 * float(np.median(times)),
                "accuracy": float(np.abs(outputs - expected).max()),
                "accuracy_is": "largest difference from LiteRT",
            }


def _input_shapes(path):
    from ai_edge_litert.interpreter import Interpreter

    details = Interpreter(model_path=str(path)).get_input_details()
    return [tuple(d["shape"]) for d in sorted(details, key=lambda d: d["name"])]


def on_openvino(path: Path, name: str) -> Callable | None:
    """The same file on OpenVINO, in 32 bits; None where it is not installed."""
    # Its converters report each import to their maker; they are not needed.
    sys.modules.setdefault("openvino.tools", None)
    try:
        import openvino
    except ImportError:
        return None
    settings = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(str(path), "CPU", settings)
    ports = sorted(compiled.inputs, key=lambda port: port.any_name)
    request = compiled.create_infer_request()

    def run(*arrays):
        request.infer(dict(zip(ports, arrays, strict=True)))
        return request.get_output_tensor(0).data.copy()

    return run


def on_onnx_runtime(path: Path, name: str) -> Callable | None:
    """The same file, made ONNX by tf2onnx, on ONNX Runtime; None where one is not installed."""
    try:
        import onnxruntime
        import tf2onnx.convert
    except ImportError:
        return None
    converted, _ = tf2onnx.convert.from_tflite(str(path), opset=17)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        converted.SerializeToString(), settings, providers=["CPUExecutionProvider"]
    )
    names = sorted(given.name for given in session.get_inputs())
    return lambda *arrays: session.run(None, dict(zip(names, arrays, strict=True)))[0]


def on_tensorflow(path: Path, name: str) -> Callable | None:
    """The stack's Keras network of the same weights on TensorFlow; None where it is not installed,
    and of other networks."""
    if name != "flownet2":
        return None
    try:
        import keras
        import tensorflow as tf
    except ImportError:
        return None
    from echogls.training.flownet.stack import COMPACT, NETWORKS, SIZE, build_network, build_stack

    networks = {part: build_network(part, SIZE, COMPACT) for part in NETWORKS}
    with np.load(path.with_name("flownet2.weights.npz"), allow_pickle=False) as kept:
        for part, network in networks.items():
            network.set_weights([kept[f"{part}/{k}"] for k in range(len(network.weights))])
    model: keras.Model = build_stack(SIZE, COMPACT, networks)
    call = tf.function(lambda *images: model(list(images), training=False))
    return lambda *images: call(*map(tf.constant, images)).numpy()


RUNTIMES = {
    "LiteRT": lambda path, name: runtime.load_graph(path, 1),
    "OpenVINO": on_openvino,
    "ONNX Runtime": on_onnx_runtime,
    "TensorFlow": on_tensorflow,
}


def load_of_machine() -> float:
    """How much slower than alone this machine is now: wall over processor time of some work."""
    began, used = time.perf_counter(), cpu_s()
    image = np.random.default_rng(0).random((512, 512), np.float32)
    while cpu_s() - used < 0.3:
        cv2.GaussianBlur(image, (0, 0), 5)
    return (time.perf_counter() - began) / (cpu_s() - used)
