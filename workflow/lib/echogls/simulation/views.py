"""The views: what surrounds the left ventricle, or takes its place, in each of them.

`BUILDERS` maps every key of study.VIEWS to a function that builds its Scene. The apical
views share one ventricle; the others are painted shapes that move as a whole.
"""

from collections.abc import Callable

import cv2
import numpy as np

from echogls.simulation.acoustics import Probe
from echogls.simulation.anatomy import Heart
from echogls.simulation.heartbeat import Rhythm, activation, filling
from echogls.simulation.mechanics import Pose, Wall, beating_wall
from echogls.simulation.scene import CODES, MAP_MM, Line, Scene

# Width of the root, and by how much it leans away from the atrium: as pictures have it; by
# judgement.
AORTA_MM = 20.0
AORTA_TURN = np.deg2rad(22)


class Canvas:
    """A map of tissue that is painted on in mm of the image frame."""

    def __init__(self, probe: Probe, ground: str):
        side = probe.depth_mm + 10
        self.origin = np.array([-side, -5.0])
        shape = (int((side + 10) / MAP_MM), int(2 * side / MAP_MM))
        self.labels = np.full(shape, CODES[ground], np.uint8)

    def fill(self, outline_mm: np.ndarray, tissue: str) -> None:
        """Fill a closed outline, (N, 2) points (x, y)."""
        places = np.round((np.asarray(outline_mm) - self.origin) / MAP_MM * 16).astype(np.int32)
        cv2.fillPoly(self.labels, [places], CODES[tissue], shift=4)

    def chamber(self, outline_mm: np.ndarray, wall_mm: float, tissue: str = "thin_wall") -> None:
        """A blood-filled outline with a wall around it."""
        centre = outline_mm.mean(0)
        away = outline_mm - centre
        radius = np.linalg.norm(away, axis=1, keepdims=True)
        self.fill(centre + away * (1 + wall_mm / np.maximum(radius, 1)), tissue)
        self.fill(outline_mm, "blood")


def ellipse(centre, radii, angle_deg=0.0, count=80) -> np.ndarray:
    """(count, 2) points of an ellipse."""
    a = np.linspace(0, 2 * np.pi, count, endpoint=False)
    points = np.stack([radii[0] * np.cos(a), radii[1] * np.sin(a)], -1)
    turn = np.deg2rad(angle_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return points @ rotation.T + np.asarray(centre)


def shifted(point, x_mm: float, y_mm: float) -> np.ndarray:
    """A point (x, y) moved to the right and away from the probe."""
    return np.array([point[0] + x_mm, point[1] + y_mm])


def still_anchors(probe: Probe) -> np.ndarray:
    """(K, 2) places of the chest that do not move: the probe's face and the far boundary."""
    a = np.linspace(-1, 1, 13) * np.deg2rad(probe.half_angle_deg + 12)
    far = np.stack([np.sin(a), np.cos(a)], -1) * (probe.depth_mm + 5)
    near = np.stack([np.linspace(-25, 25, 7), np.full(7, 4.0)], -1)
    return np.concatenate([far, near])


def apical(
    rng: np.random.Generator,
    probe: Probe,
    heart: Heart,
    rhythm: Rhythm,
    pose: Pose,
    times_s: np.ndarray,
    view: str = "a4c",
) -> Scene:
    """An apical view: the ventricle with the atrium below it and what the view adds."""
    wall = beating_wall(heart, rhythm, pose, times_s)
    rest = beating_wall(heart, rhythm, pose, rhythm.r_waves_s[1:2])
    canvas = Canvas(probe, "mediastinum")
    outer, inner = rest.layer(0.5)[0], rest.layer(-0.5)[0]
    axis = _axis(rest)
    across = np.array([axis[1], -axis[0]])  # to the lateral wall
    base = 0.5 * (inner[0] + inner[-1])
    width = np.linalg.norm(inner[-1] - inner[0])
    canvas.fill(np.array([[-60, -5], [60, -5], [60, 9], [-60, 9]]), "chest")

    if view == "a4c":
        _right_heart(rng, canvas, outer=outer, axis=axis, across=across, base=base)
    size = 0.5 * width * rng.uniform(1.0, 1.4), rng.uniform(18, 25)
    atrium = base + axis * (size[1] - 2) + across * rng.normal(0, 2)
    if view == "alax":  # the atrium makes room for the aorta
        atrium = atrium - across * 0.4 * width
    left_atrium = ellipse(atrium, size, pose.tilt_deg)
    canvas.chamber(left_atrium, rng.uniform(2.0, 3.5))
    lateral = outer[int(0.42 * len(outer)) :]
    thick = lateral + (lateral - outer.mean(0)) * rng.uniform(0.03, 0.06)
    canvas.fill(np.concatenate([lateral, thick[::-1]]), "pericardium")
    canvas.fill(outer, "nothing")
    canvas.fill(inner, "blood")
    canvas.fill(np.array([inner[0], inner[-1], inner[-1] + 6 * axis, inner[0] + 6 * axis]), "blood")
    if view == "alax":
        _aorta(canvas, inner, axis, across)

    still = still_anchors(probe)
    roof = np.array([atrium + axis * 24 + across * k for k in (-30, -12, 12, 30)])
    still = np.concatenate([still, roof])
    anchors = np.concatenate([outer[::6], inner[::10], still])
    paths = np.concatenate(
        [wall.layer(0.5)[:, ::6], wall.layer(-0.5)[:, ::10],
         np.broadcast_to(still, (len(times_s), *still.shape))], axis=1
    )  # fmt: skip
    papillary = np.array(
        [[u, rng.uniform(4, 10), rng.uniform(-6, 2)] for u in (rng.uniform(0.6, 0.8),)
         if rng.random() < 0.7]
    ).reshape(-1, 3)  # fmt: skip
    leaflets = _leaflets(wall, filling(rhythm, times_s))
    return Scene(
        labels=canvas.labels,
        origin_mm=canvas.origin,
        anchors_mm=anchors,
        paths_mm=paths,
        wall=wall,
        lines=leaflets,
        attached=papillary,
        atrium=left_atrium,
    )


def _axis(wall: Wall) -> np.ndarray:
    """Unit vector from apex to base at the first time."""
    line = wall.middle_mm[0]
    base = 0.5 * (line[0] + line[-1])
    apex = line[np.linalg.norm(line - base, axis=1).argmax()]
    return (base - apex) / np.linalg.norm(base - apex)


def _right_heart(rng, canvas, *, outer, axis, across, base):
    """Right ventricle and atrium on the septal side, the atria's septum between them."""
    septum = outer[: int(rng.uniform(0.30, 0.42) * len(outer))]
    bulge = np.linspace(0, np.pi, 30)[:, None]
    span = np.interp(np.linspace(0, len(septum) - 1, 30), np.arange(len(septum)), septum[:, 0])
    rise = np.interp(np.linspace(0, len(septum) - 1, 30), np.arange(len(septum)), septum[:, 1])
    line = np.stack([span, rise], -1)
    fade = np.linspace(1, 0.15, 30)[:, None]
    free = line - across * rng.uniform(24, 36) * np.maximum(np.sin(0.5 * bulge + np.pi / 2), 0) * (
        0.4 + 0.6 * fade
    )
    outline = np.concatenate([line, free[::-1]])
    canvas.chamber(outline, rng.uniform(3, 5))
    centre = base - across * rng.uniform(38, 46) + axis * rng.uniform(18, 24)
    canvas.chamber(ellipse(centre, (rng.uniform(15, 20), rng.uniform(18, 23))), 2.5)


def _aorta(canvas, inner, axis, across):
    """The outflow tract at the anteroseptal end of the annulus and the aortic root behind it,
    that widens at its sinuses and leads away from the atrium, its closed valve across it."""
    along = axis * np.cos(AORTA_TURN) + across * np.sin(AORTA_TURN)
    sideways = np.array([along[1], -along[0]])
    start = inner[-1] - across * AORTA_MM / 3
    # distance from the annulus, share of the root's width
    shape = np.array([[-7, 0.9], [2, 0.9], [9, 1.15], [16, 1.15], [22, 0.95], [46, 1.0]])
    middle, half = start + shape[:, :1] * along, shape[:, 1:] * AORTA_MM / 2 * sideways
    walls = [middle + side * (half + 2.5 * sideways) for side in (1, -1)]
    canvas.fill(np.concatenate([walls[0][1:], walls[1][:0:-1]]), "thin_wall")
    canvas.fill(np.concatenate([middle + half, (middle - half)[::-1]]), "blood")
    edge, tip = half[1] * 1.05, middle[1] + 6 * along
    for side in (1, -1):
        hinge = middle[1] + side * edge
        canvas.fill(np.array([hinge, tip, tip + 1.2 * along, hinge + 1.2 * along]), "valve")


def _leaflets(wall: Wall, opening: np.ndarray) -> tuple[Line, ...]:
    """Two mitral leaflets, closed in systole and turned into the ventricle in filling."""
    inner = wall.layer(-0.5)
    lines = []
    for hinge, other, length in ((0, -1, 0.62), (-1, 0, 0.42)):
        start, stop = inner[:, hinge], inner[:, other]
        across = stop - start
        width = np.linalg.norm(across, axis=1)
        turn = (1 if hinge == 0 else -1) * -(0.15 + 1.0 * opening)
        rotated = np.stack(
            [np.cos(turn) * across[:, 0] - np.sin(turn) * across[:, 1],
             np.sin(turn) * across[:, 0] + np.cos(turn) * across[:, 1]], -1
        )  # fmt: skip
        share = np.linspace(0, 1, 8)[None, :, None]
        path = start[:, None] + share * (rotated * length)[:, None]
        lines.append(Line(path, "valve", float(np.clip(width.mean() / 25, 1.0, 1.8))))
    return tuple(lines)


def painted(
    rng: np.random.Generator,
    probe: Probe,
    heart: Heart,
    rhythm: Rhythm,
    pose: Pose,
    times_s: np.ndarray,
    view: str,
) -> Scene:
    """A parasternal, subcostal or caval view, or none of these: shapes that pulse."""
    canvas = Canvas(probe, "liver" if view in ("sc4c", "ivc") else "mediastinum")
    canvas.fill(np.array([[-60, -5], [60, -5], [60, 9], [-60, 9]]), "chest")
    depth = rng.uniform(0.42, 0.52) * probe.depth_mm
    centre = np.array([rng.normal(0, 6), depth])
    pulse = activation(rhythm, times_s)
    rings = {
        "plax": _long_axis, "psax": _short_axis, "sc4c": _subcostal, "ivc": _cava,
    }.get(view, _other)(rng, canvas, centre, heart)  # fmt: skip
    still = still_anchors(probe)
    moving, paths = [], []
    for ring, middle, share in rings:
        moving.append(ring)
        paths.append(ring + (middle - ring) * (share * pulse)[:, None, None])
    moving.append(still)
    paths.append(np.broadcast_to(still, (len(times_s), *still.shape)))
    anchors, paths = np.concatenate(moving), np.concatenate(paths, axis=1)
    return Scene(canvas.labels, canvas.origin, anchors, paths)


def _long_axis(rng, canvas, centre, heart):
    """Parasternal long axis: the ventricle lies across, right ventricle above, aorta right."""
    length, radius, wall = heart.length_mm * 0.5, heart.lateral_mm * 0.85, heart.thickness_mm[1]
    tilt = rng.normal(8, 6)
    left = shifted(centre, -0.25 * length, 8)
    canvas.chamber(
        ellipse(shifted(centre, 2, -radius - wall - 9), (38, rng.uniform(8, 13)), tilt), 4
    )
    canvas.fill(ellipse(left, (length + wall, radius + wall), tilt), "wall")
    canvas.fill(ellipse(left, (length, radius), tilt), "blood")
    canvas.chamber(ellipse(shifted(centre, length * 0.9 + 6, -4), (22, 13), tilt - 15), 2.5)
    canvas.chamber(ellipse(shifted(centre, length * 0.8 + 4, 26), (20, 17)), 2.5)
    ring = ellipse(left, (length, radius), tilt, 24)
    outer = ellipse(left, (length + wall, radius + wall), tilt, 24)
    middle = np.stack([ring[:, 0], np.full(24, left[1])], -1)
    return [(ring, middle, 0.35), (outer, middle, 0.12)]


def _short_axis(rng, canvas, centre, heart):
    """Parasternal short axis: a ring with the right ventricle as a crescent beside it."""
    radius, wall = heart.lateral_mm * rng.uniform(0.8, 1.0), heart.thickness_mm[1]
    canvas.chamber(
        ellipse(shifted(centre, -radius * 0.9, -radius * 0.55), (radius * 1.3, radius)), 4
    )
    canvas.fill(ellipse(centre, (radius + wall, radius + wall)), "wall")
    canvas.fill(ellipse(centre, (radius, radius)), "blood")
    for side in (-1, 1):
        spot = shifted(centre, side * radius * 0.55, radius * 0.35)
        canvas.fill(ellipse(spot, (radius * 0.2, radius * 0.24)), "wall")
    ring, outer = (ellipse(centre, (r, r), 0, 24) for r in (radius, radius + wall))
    return [(ring, centre, 0.33), (outer, centre, 0.12)]


def _subcostal(rng, canvas, centre, heart):
    """Subcostal four-chamber: liver above, the heart lies on its side, apex to the right."""
    turn = rng.uniform(-40, -20)
    length, radius, wall = heart.length_mm * 0.48, heart.lateral_mm * 0.75, heart.thickness_mm[1]
    along = np.array([np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))])
    up = np.array([along[1], -along[0]])
    left = centre + 22 * along + [0, 18]
    canvas.chamber(ellipse(left + up * (radius + 16), (length, 13), turn), 3.5)
    canvas.fill(ellipse(left, (length + wall, radius + wall), turn), "wall")
    canvas.fill(ellipse(left, (length, radius), turn), "blood")
    for shift, size in ((0, 17), (radius + 14, 15)):
        canvas.chamber(ellipse(left - along * (length + 16) + up * shift, (size, size)), 2.5)
    ring = ellipse(left, (length, radius), turn, 24)
    outer = ellipse(left, (length + wall, radius + wall), turn, 24)
    return [(ring, left, 0.25), (outer, left, 0.1)]


def _cava(rng, canvas, centre, heart):
    """Inferior vena cava: a tube through the liver into the right atrium."""
    turn, radius = rng.uniform(-15, 20), rng.uniform(6, 12)
    tube = ellipse(shifted(centre, -10, -5), (48, radius), turn)
    canvas.chamber(tube, 2.0)
    canvas.chamber(ellipse(shifted(centre, 46, 8), (22, 20)), 2.5)
    for _ in range(int(rng.integers(1, 4))):
        spot = centre + rng.uniform([-45, -30], [10, -12])
        canvas.chamber(ellipse(spot, (rng.uniform(6, 16), 3), rng.uniform(-60, 60)), 1.0)
    middle = np.stack([tube[::4, 0], np.full(20, centre[1] - 5)], -1)
    return [(tube[::4], middle, rng.uniform(0.1, 0.5))]


def _other(rng, canvas, centre, heart):
    """None of the views: a random arrangement of chambers and solid shapes."""
    rings = []
    for _ in range(int(rng.integers(1, 7))):
        spot = centre + rng.uniform([-55, -35], [55, 50])
        size = rng.uniform(5, 30, 2)
        if rng.random() < 0.6:
            canvas.chamber(ellipse(spot, size, rng.uniform(0, 180)), rng.uniform(1, 7))
        else:
            canvas.fill(
                ellipse(spot, size, rng.uniform(0, 180)), str(rng.choice(["lung", "liver"]))
            )
        rings.append((ellipse(spot, size, 0, 16), spot, rng.uniform(0, 0.2)))
    return rings


BUILDERS: dict[str, Callable[..., Scene]] = {
    **dict.fromkeys(("a4c", "a2c", "alax"), apical),
    **dict.fromkeys(("plax", "psax", "sc4c", "ivc", "unknown"), painted),
}
