"""What lies in the picture: tissue as scatterers that know how to move.

The left ventricle's wall moves by mechanics.py. Everything else is painted on a map at
end-diastole and carried along by anchors on the heart and in the chest.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from scipy.sparse import csr_array

from echogls.simulation.acoustics import NORMAL_DEPTH_MM, SAMPLES_PER_SIGMA, Probe
from echogls.simulation.mechanics import Wall

# Echo level of each tissue against myocardium and its slow variation, dB. By judgement, by the look
# of pictures; `benchmarks/realism.py` compares wall and cavity with real ones.
TISSUES = {
    "nothing": (-90.0, 0.0),
    "blood": (-27.0, 2.0),
    "wall": (0.0, 3.0),
    "thin_wall": (1.0, 3.0),
    "valve": (4.0, 2.0),
    "pericardium": (9.0, 4.0),
    "mediastinum": (-5.0, 8.0),
    "liver": (-3.0, 2.0),
    "chest": (5.0, 4.0),
    "lung": (3.0, 9.0),
}
CODES = {name: code for code, name in enumerate(TISSUES)}

MAP_MM = 0.5  # of the painted map, below the resolution of any probe
DENSITY = 4.0  # scatterers a mm2; about five a resolution cell at 2.5 MHz
BLOCK = 1024  # points that are carried at once: their weights stay in the processor's cache
# Of the beam across the plane; by judgement, some millimetres at a heart's depth.
ELEVATION_SD_MM = 3.0


@dataclass(frozen=True)
class Line:
    """A thin structure that moves: a leaflet, a chord. path_mm (T, P, 2); width in mm."""

    path_mm: np.ndarray
    tissue: str
    width_mm: float = 1.2


@dataclass(frozen=True)
class Scene:
    """All that a clip shows.

    Attributes
    ----------
    labels : (H, W) uint8 codes of TISSUES on a map of MAP_MM at the reference time.
    origin_mm : (x, y) of the map's first pixel in the image frame.
    anchors_mm : (K, 2) at the reference time; paths_mm : (T, K, 2) where they go.
    wall : the left ventricle, or None.
    lines : leaflets and the like.
    atrium : (N, 2) outline of the left atrium at the reference time, or None.
    attached : (N, 3) papillary muscle: u, distance inside the endocardium in mm, level in dB.
    """

    labels: np.ndarray
    origin_mm: np.ndarray
    anchors_mm: np.ndarray
    paths_mm: np.ndarray
    wall: Wall | None = None
    lines: tuple[Line, ...] = ()
    attached: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))
    atrium: np.ndarray | None = None


def carry(points_mm: np.ndarray, anchors_mm: np.ndarray) -> np.ndarray:
    """(N, K) float32 weights by which anchors carry points: inverse distance cubed."""
    points, anchors = np.asarray(points_mm, np.float32), np.asarray(anchors_mm, np.float32)
    weights = np.empty((len(points), len(anchors)), np.float32)
    of_anchors = (anchors**2).sum(1)
    for first in range(0, len(points), BLOCK):
        some, near = points[first : first + BLOCK], weights[first : first + BLOCK]
        np.matmul(some, -2 * anchors.T, out=near)
        near += (some**2).sum(1)[:, None]
        near += of_anchors
        np.maximum(near, 0, out=near)
        near += 4
        np.divide(1, near, out=near)
        near *= np.sqrt(near)
        near /= near.sum(1, keepdims=True)
    return weights


def carried(weights: np.ndarray, moves_mm: np.ndarray) -> np.ndarray:
    """(N, 2) float32 what `carry`'s weights (N, K) make of the anchors' moves (K, 2).

    By einsum: a matrix product so thin wakes a BLAS thread a core, which costs ten times more.
    """
    return np.einsum("nk,ck->nc", weights, np.ascontiguousarray(moves_mm.T, np.float32))


class Scatterers:
    """The scatterers of a scene, frame by frame.

    `density` is scatterers a mm2. `frame(k)` returns (N, 2) points in mm and (N,) amplitudes
    of frame k, for `acoustics.receive`.
    """

    def __init__(
        self, rng: np.random.Generator, scene: Scene, probe: Probe, density: float = DENSITY
    ):
        self._rng, self._scene, self._density = rng, scene, density
        self._ground(rng, scene, probe)
        if scene.wall is not None:
            self._muscle(rng, scene)
        self._sheets(rng, scene)

    def _ground(self, rng, scene, probe):
        half, far = np.deg2rad(probe.half_angle_deg), probe.depth_mm + 4
        count = int(self._density * half * far**2)
        r = far * np.sqrt(rng.random(count))
        angle = rng.uniform(-half - 0.03, half + 0.03, count)
        points = np.stack([r * np.sin(angle), r * np.cos(angle)], -1)
        place = np.round((points - scene.origin_mm) / MAP_MM).astype(int)
        rows = place[:, 1].clip(0, scene.labels.shape[0] - 1)
        columns = place[:, 0].clip(0, scene.labels.shape[1] - 1)
        code = scene.labels[rows, columns]
        mean, spread = np.array(list(TISSUES.values())).T
        slow = _smooth_field(rng, scene.labels.shape)[rows, columns]
        level = mean[code] + spread[code] * slow
        keep = level > -80
        self._points = points[keep].astype(np.float32)
        self._blood = np.flatnonzero(code[keep] == CODES["blood"])
        self._amplitude = (_amplitude(level) * rng.standard_normal(count))[keep]
        self._amplitude = self._amplitude.astype(np.float32)
        self._weights = carry(self._points, scene.anchors_mm)

    def _muscle(self, rng, scene):
        wall = scene.wall
        reach = 2.2 * ELEVATION_SD_MM + np.abs(wall.out_of_plane_mm).max()
        length = np.hypot(*np.diff(wall.middle_mm[0], axis=0).T).sum()
        thickness = wall.thickness_mm.max()
        density = self._density * 2 * reach / (ELEVATION_SD_MM * np.sqrt(np.pi))
        count = int(density * length * thickness)
        u, w = rng.random(count), rng.uniform(-0.5, 0.5, count)
        # keep in proportion to the wall's local thickness, so the density is even
        local = np.interp(u, wall.u, wall.thickness_mm.mean(0)) / thickness
        keep = rng.random(count) < local
        u, w = u[keep], w[keep]
        self._u, self._w, self._inside = u, w, np.zeros(len(u))
        # A real wall has bright and nearly dark parts: fibres, contact, what lies before it.
        patches = _smooth_line(rng, 14)(u)
        level = rng.uniform(3, 8) * patches + 3.0 * _smooth_line(rng, 14)(u) * np.sign(w)
        level = level + 3.0 * np.clip((np.abs(w) - 0.4) / 0.1, 0, 1) - rng.uniform(0, 3)
        for at, depth, db in scene.attached:
            n = int(density * 30)
            self._u = np.r_[self._u, at + rng.normal(0, 0.012, n)]
            self._w = np.r_[self._w, np.full(n, -0.5)]
            self._inside = np.r_[self._inside, depth * rng.random(n)]
            level = np.r_[level, np.full(n, db)]
        self._u, self._w, self._inside = (
            values.astype(np.float32) for values in (self._u, self._w, self._inside)
        )
        self._along = _between(self._u.clip(0, 1) * (len(wall.u) - 1), len(wall.u))
        self._z = rng.uniform(-reach, reach, len(self._u)).astype(np.float32)
        self._wall_amplitude = _amplitude(level) * rng.standard_normal(len(self._u))
        self._wall_amplitude = self._wall_amplitude.astype(np.float32)
        self._anisotropy = rng.uniform(0.4, 0.85)

    def _sheets(self, rng, scene):
        self._lines = []
        for line in scene.lines:
            length = np.hypot(*np.diff(line.path_mm[0], axis=0).T).sum()
            n = int(self._density * 2 * max(length, 4) * line.width_mm)
            share = rng.random(n) * (line.path_mm.shape[1] - 1)
            off = rng.uniform(-0.5, 0.5, n) * line.width_mm
            amplitude = _amplitude(TISSUES[line.tissue][0]) * rng.standard_normal(n)
            self._lines.append((line.path_mm, share, off, amplitude))

    def frame(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        scene = self._scene
        moved = self._points + carried(self._weights, scene.paths_mm[k] - scene.anchors_mm)
        # blood is new in every frame
        fresh = self._amplitude.copy()
        signs = 2 * self._rng.integers(0, 2, len(self._blood)) - 1
        fresh[self._blood] *= signs.astype(np.float32)
        points, amplitudes = [moved], [fresh]
        if scene.wall is not None:
            muscle, weight = self._wall_frame(k)
            points.append(muscle)
            amplitudes.append(weight)
        for path, share, off, amplitude in self._lines:
            low = np.minimum(share.astype(int), path.shape[1] - 2)
            part = (share - low)[:, None]
            along = path[k, low + 1] - path[k, low]
            normal = np.stack([-along[:, 1], along[:, 0]], -1)
            normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
            points.append(path[k, low] + part * along + off[:, None] * normal)
            amplitudes.append(amplitude)
        return np.concatenate(points), np.concatenate(amplitudes)

    def _wall_frame(self, k):
        wall = self._scene.wall
        table = np.concatenate(
            [wall.middle_mm[k], wall.outward[k], wall.thickness_mm[k][:, None],
             wall.out_of_plane_mm[k][:, None]], axis=1
        ).astype(np.float32)  # fmt: skip
        x, y, normal_x, normal_y, thickness, out = (self._along @ table).T
        off = self._w * thickness - self._inside
        points = np.stack([x + off * normal_x, y + off * normal_y], -1)
        distance = np.maximum(np.hypot(points[:, 0], points[:, 1]), 1)
        across = np.abs(normal_x * points[:, 0] + normal_y * points[:, 1]) / distance
        beam = np.exp(-(((self._z + out) / ELEVATION_SD_MM) ** 2))
        angle = 1 - self._anisotropy * (1 - across)
        return points, self._wall_amplitude * beam * angle


def _between(at: np.ndarray, count: int) -> csr_array:
    """(N, count) linear interpolation in a table at its fractional rows (N,)."""
    low = np.minimum(at.astype(np.int32), count - 2)
    part = at - low.astype(np.float32)
    shares, rows = np.stack([1 - part, part], -1), np.stack([low, low + 1], -1)
    ends = np.arange(0, 2 * len(at) + 1, 2, dtype=np.int32)
    return csr_array((shares.ravel(), rows.ravel(), ends), shape=(len(at), count))


def muscle_level(probe: Probe, density: float = DENSITY) -> float:
    """Root mean square of the signal of mean myocardium at NORMAL_DEPTH_MM's amplitude."""
    depths, angles = probe.grid()
    cell = (depths[1] - depths[0]) * (angles[1] - angles[0]) * NORMAL_DEPTH_MM
    kernel = 1 / (2 * np.sqrt(np.pi) * SAMPLES_PER_SIGMA)  # sum of a Gaussian's squares
    return float(np.sqrt(density * cell) * kernel)


def _amplitude(db):
    return 10 ** (np.asarray(db) / 20)


def _smooth_field(rng, shape):
    """A field of unit standard deviation that varies over some 15 mm."""
    coarse = (max(int(shape[0] * MAP_MM / 15), 3), max(int(shape[1] * MAP_MM / 15), 3))
    field_ = rng.standard_normal(coarse).astype(np.float32)
    return cv2.resize(field_, shape[::-1], interpolation=cv2.INTER_CUBIC)


def _smooth_line(rng, knots):
    values = rng.standard_normal(knots)
    return lambda u: np.interp(u, np.linspace(0, 1, knots), values)
