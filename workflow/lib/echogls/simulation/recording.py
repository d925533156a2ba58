"""What becomes of a clip between the scanner's detector and the file that people have.

Scanners show each frame together with the ones before (persistence); exports change the
number of rows, the frame rate and the coding. All of it holds motion back or blurs it, so
simulated clips go through it too: for training, for tests and for benchmarks.
"""

import io
from dataclasses import dataclass

import cv2
import numpy as np

from echogls.study import StudyError

CODECS = ("", "jpeg", "mjpeg", "mpeg4", "h264")
# Weights of a frame and those before it in a mean: none, of two, of three, and a fading one.
MEANS = ((1.0,), (0.5, 0.5), (0.25, 0.5, 0.25), (1 / 3, 1 / 3, 1 / 3), (0.4, 0.3, 0.2, 0.1))
RANGE_DB = 60.0  # dynamic range by which grey is taken back to amplitude: a usual setting
WAYS = {"area": cv2.INTER_AREA, "cubic": cv2.INTER_CUBIC, "linear": cv2.INTER_LINEAR}


@dataclass(frozen=True)
class Recording:
    """One way from the scanner to the file.

    Attributes
    ----------
    persistence : share a of the last shown frame that stays, 0 to below 1:
        y[t] = a y[t-1] + (1 - a) x[t].
    of_amplitude : whether that is done before log compression (of amplitudes), not of grey levels.
    mean : weights of a frame and those before it, which are averaged after that; their sum is 1.
    share : rows of the file over rows that came, at most 1.
    way : how it is shrunk, a key of WAYS.
    codec : one of CODECS; "" keeps the frames as they are.
    quality : of the codec: percent for jpeg and mjpeg, quantiser (2 to 31) for mpeg4, constant
        rate factor (0 to 51) for h264.
    """

    persistence: float = 0.0
    of_amplitude: bool = False
    mean: tuple[float, ...] = (1.0,)
    share: float = 1.0
    way: str = "area"
    codec: str = ""
    quality: int = 0

    @property
    def lag(self) -> float:
        """Frames by which what is shown is late, on average."""
        late = self.persistence / (1 - self.persistence)
        return late + sum(number * weight for number, weight in enumerate(self.mean))


def draw_recording(rng: np.random.Generator, share: tuple[float, float] = (0.25, 1.0)) -> Recording:
    """A recording as people have it; a quarter of them untouched.

    share : smallest and largest rows of the file over rows that came.
    """
    if rng.random() < 0.25:
        return Recording()
    codec = str(rng.choice(CODECS, p=[0.25, 0.1, 0.25, 0.1, 0.3]))
    quality = {
        "": 0,
        "jpeg": int(rng.integers(60, 96)),
        "mjpeg": int(rng.integers(50, 96)),
        "mpeg4": int(rng.integers(2, 9)),
        "h264": int(rng.integers(15, 31)),
    }[codec]
    blended = rng.random()
    return Recording(
        persistence=rng.uniform(0.05, 0.75) if blended < 0.5 else 0.0,
        of_amplitude=bool(rng.random() < 0.3),
        mean=MEANS[int(rng.integers(1, len(MEANS)))] if 0.35 < blended < 0.85 else MEANS[0],
        share=float(np.exp(rng.uniform(*np.log(share)))) if rng.random() < 0.75 else 1.0,
        way=str(rng.choice(list(WAYS), p=[0.5, 0.3, 0.2])),
        codec=codec,
        quality=quality,
    )


def record(frames: np.ndarray, recording: Recording) -> np.ndarray:
    """Frames (T, H, W) uint8 as the file has them, (T, h, w) uint8.

    Raises
    ------
    StudyError : a codec that is not known, or that this installation cannot write.
    """
    shown = persisted(frames, recording.persistence, of_amplitude=recording.of_amplitude)
    shown = averaged(shown, recording.mean)
    if recording.share < 1:
        rows, columns = frames.shape[1:]
        size = max(round(columns * recording.share), 8), max(round(rows * recording.share), 8)
        shown = np.stack([cv2.resize(x, size, interpolation=WAYS[recording.way]) for x in shown])
    return coded(shown, recording.codec, recording.quality)


def persisted(frames: np.ndarray, share: float, *, of_amplitude: bool = False) -> np.ndarray:
    """Each frame (T, H, W) uint8 blended with the one shown before it; see `Recording`."""
    if not share:
        return frames
    table = np.arange(256, dtype=np.float32)
    if of_amplitude:
        table = 10 ** (table / 255 * (RANGE_DB / 20))
    shown = np.empty_like(frames)
    last = table[frames[0]]
    for k, frame in enumerate(frames):
        last = np.float32(share) * last + np.float32(1 - share) * table[frame]
        grey = np.log10(last) * np.float32(255 * 20 / RANGE_DB) if of_amplitude else last
        shown[k] = np.clip(grey, 0, 255).round().astype(np.uint8)
    return np.where(frames > 0, shown, np.uint8(0)) if of_amplitude else shown


def averaged(frames: np.ndarray, weights: tuple[float, ...]) -> np.ndarray:
    """Weighted means of each frame (T, H, W) uint8 and those before it; the first one goes on
    before the clip."""
    if len(weights) == 1:
        return frames
    total = np.zeros(frames.shape, np.float32)
    for number, weight in enumerate(weights):
        earlier = np.maximum(np.arange(len(frames)) - number, 0)
        total += np.float32(weight) * frames[earlier]
    return total.round().astype(np.uint8)


def coded(frames: np.ndarray, codec: str, quality: int) -> np.ndarray:
    """Frames (T, H, W) uint8 after a codec and back."""
    if not codec:
        return frames
    if codec not in CODECS:
        raise StudyError(f"recording: no codec '{codec}'; expected one of {', '.join(CODECS[1:])}")
    if codec in ("jpeg", "mjpeg"):
        options = [cv2.IMWRITE_JPEG_QUALITY, int(quality)]
        stored = (cv2.imencode(".jpg", frame, options)[1] for frame in frames)
        return np.stack([cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) for data in stored])
    return _video(frames, codec, quality)


def _video(frames, codec, quality):
    try:
        import av  # in the extra `cpu`: only what trains or measures on simulated clips needs it
    except ImportError as error:
        raise StudyError(f"recording: '{codec}' needs the package av: pip install av") from error
    rows, columns = frames.shape[1:]
    even = ((0, 0), (0, rows % 2), (0, columns % 2))
    padded = np.pad(frames, even, mode="edge")
    stream_of = {
        "h264": ("libx264", {"crf": str(quality), "preset": "veryfast", "threads": "1"}),
        "mpeg4": ("mpeg4", {"qmin": str(quality), "qmax": str(quality), "threads": "1"}),
    }
    name, options = stream_of[codec]
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream(name, rate=30, options=options)
        stream.height, stream.width, stream.pix_fmt = *padded.shape[1:], "yuv420p"
        for image in padded:
            grey = np.repeat(image[..., None], 3, axis=2)
            for packet in stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    buffer.seek(0)
    with av.open(buffer) as container:
        read = [frame.to_ndarray(format="rgb24")[..., 1] for frame in container.decode(video=0)]
    return np.stack(read)[:, :rows, :columns]
