"""A beating left ventricle of which every point's path and every strain is known.

The middle of the wall is two half-ellipses that meet at the apex. Its material points
shorten by a given strain; the long axis of each half follows from the arc length that
this leaves, so the strain is exact by construction and the annulus moves as it must.
The wall thickens by incompressibility. Heart frame: x to the lateral wall, z from the
apex to the base, mm; image frame: x to the right, y away from the probe.
"""

from dataclasses import dataclass

import numpy as np

from echogls.simulation.anatomy import Heart, along_wall
from echogls.simulation.heartbeat import Rhythm, activation
from echogls.study import SEGMENTS

POINTS = 241  # of the wall; the one in the middle is not the apex where the sides differ
ARC = 300  # points of each half-ellipse: some 0.4 mm apart


@dataclass(frozen=True)
class Pose:
    """Where a heart lies under the probe.

    Attributes
    ----------
    apex_mm : (2,) (x, y) of the middle of the wall at the apex.
    tilt_deg : angle of the long axis against the probe's, positive turns the base to the left.
    drift_mm : (2,) amplitude of the breathing drift; period_s : its period; phase : its start.
    """

    apex_mm: np.ndarray
    tilt_deg: float
    drift_mm: np.ndarray
    period_s: float
    phase: float


@dataclass(frozen=True)
class Wall:
    """The wall through time, in the image frame.

    Attributes
    ----------
    times_s : (T,)
    u : (M,) share of the wall's arc at end-diastole, septal annulus 0, lateral 1: material.
    middle_mm : (T, M, 2) points of the middle of the wall.
    outward : (T, M, 2) unit normals, away from the cavity.
    thickness_mm : (T, M)
    stretch : (T, M) length over length at end-diastole, at each material point.
    out_of_plane_mm : (T, M) how far the tissue has left the plane by torsion.
    """

    times_s: np.ndarray
    u: np.ndarray
    middle_mm: np.ndarray
    outward: np.ndarray
    thickness_mm: np.ndarray
    stretch: np.ndarray
    out_of_plane_mm: np.ndarray

    def layer(self, w: float) -> np.ndarray:
        """(T, M, 2) a layer: w -0.5 the endocardium, 0 the middle, 0.5 the epicardium."""
        return self.middle_mm + (w * self.thickness_mm)[..., None] * self.outward

    def strain_percent(self) -> tuple[np.ndarray, np.ndarray]:
        """Global (T,) and segmental (T, 6) strain against end-diastole, signed percent.

        The mean of the stretch along the wall, which is its arc length over that at rest.
        """
        stretch = 0.5 * (self.stretch[:, 1:] + self.stretch[:, :-1])
        whole = 100 * (stretch.mean(1) - 1)
        parts = stretch.reshape(len(stretch), len(SEGMENTS), -1)
        return whole, 100 * (parts.mean(2) - 1)


def beating_wall(heart: Heart, rhythm: Rhythm, pose: Pose, times_s: np.ndarray) -> Wall:
    """Move a heart through its beats.

    Parameters
    ----------
    times_s : (T,) any times; the reference of all strain is end-diastole, not the first.

    Returns
    -------
    Wall, M = POINTS.
    """
    times_s = np.asarray(times_s, float)
    u = np.linspace(0, 1, POINTS)
    delay = along_wall(heart.delay_s, u)
    shorten = activation(rhythm, times_s[:, None] - delay[None])
    strain = along_wall(heart.segment_strain_percent, u) / 100
    stretch = 1 + strain * shorten  # (T, M)
    active = activation(rhythm, times_s)
    narrowing = 1 + heart.circumferential * heart.gls_percent / 100 * active
    annulus = 1 + heart.annulus_share * heart.circumferential * heart.gls_percent / 100 * active

    septal = _Half(heart.septal_mm, heart.annulus, heart.bluntness)
    lateral = _Half(heart.lateral_mm, heart.annulus, heart.bluntness)
    still = np.ones(1)
    rest = [half.curve(np.array([heart.length_mm]), still, still)[1][:, -1] for half in
            (septal, lateral)]  # fmt: skip
    apex = float(rest[0][0] / (rest[0][0] + rest[1][0]))  # share of the arc at the apex
    length = rest[0][0] + rest[1][0]
    arc = np.concatenate(
        [np.zeros((len(times_s), 1)), np.cumsum(0.5 * (stretch[:, 1:] + stretch[:, :-1]), axis=1)],
        axis=1,
    ) * (length / (POINTS - 1))  # fmt: skip
    at_apex = np.array([np.interp(apex, u, row) for row in arc])
    left = septal.points(at_apex, at_apex[:, None] - arc, narrowing, annulus, heart.length_mm)
    right = lateral.points(
        arc[:, -1] - at_apex, arc - at_apex[:, None], narrowing, annulus, heart.length_mm
    )
    septal_side = (u <= apex)[None, :, None]
    middle = np.where(septal_side, left * [-1, 1], right)
    along = np.gradient(middle, axis=1)
    along /= np.maximum(np.linalg.norm(along, axis=2, keepdims=True), 1e-9)
    outward = np.stack([along[..., 1], -along[..., 0]], -1)
    middle, outward = _placed(
        middle, outward, heart=heart, pose=pose, active=active, times_s=times_s
    )
    thickness = along_wall(heart.thickness_mm, u) / (stretch * narrowing[:, None])
    twist = heart.twist_mm * active[:, None] * (1 - 1.4 * np.abs(2 * u - 1))
    return Wall(
        times_s=times_s,
        u=u,
        middle_mm=middle,
        outward=outward,
        thickness_mm=thickness,
        stretch=stretch,
        out_of_plane_mm=twist,
    )


class _Half:
    """Half of the middle of the wall: x = R sin(a)^p, z = l (1 - cos(a)), apex to annulus."""

    def __init__(self, radius_mm, annulus, bluntness):
        self.radius, self.annulus, self.power = radius_mm, annulus, bluntness

    def curve(self, long_mm, narrowing, annulus):
        """Points (T, ARC, 2) and arc length (T, ARC) of halves that are `long_mm` (T,) long."""
        x, z = self._shape(narrowing, annulus)
        z = z * long_mm[:, None]
        steps = np.hypot(np.diff(x, axis=1), np.diff(z, axis=1))
        arc = np.concatenate([np.zeros((len(x), 1)), np.cumsum(steps, axis=1)], axis=1)
        return np.stack([x, z], -1), arc

    def _shape(self, narrowing, annulus):
        """x (T, ARC) in mm and z (T, ARC) as a share of the long axis."""
        share = np.clip(self.annulus * annulus / narrowing, 0.1, 0.98)
        last = np.pi - np.arcsin(share ** (1 / self.power))  # (T,)
        angle = np.linspace(0, 1, ARC)[None] ** 1.3 * last[:, None]
        x = self.radius * narrowing[:, None] * np.sin(angle) ** self.power
        return x, (1 - np.cos(angle)) / (1 - np.cos(last))[:, None]

    def points(self, target, at, narrowing, annulus, length_mm):
        """Points (T, M, 2) at arc lengths `at` (T, M) from the apex of halves whose whole
        arc length is `target` (T,): their long axis is found by bisection."""
        across, along = (np.diff(values, axis=1) ** 2 for values in self._shape(narrowing, annulus))
        low, high = np.full(len(target), 0.3 * length_mm), np.full(len(target), 1.6 * length_mm)
        for _ in range(40):
            long = 0.5 * (low + high)
            short = np.sqrt(across + long[:, None] ** 2 * along).sum(1) < target
            low, high = np.where(short, long, low), np.where(short, high, long)
        curve, arc = self.curve(0.5 * (low + high), narrowing, annulus)
        points = np.empty((*at.shape, 2))
        for k in range(len(target)):
            for axis in (0, 1):
                points[k, :, axis] = np.interp(at[k], arc[k], curve[k, :, axis])
        return points


def _placed(middle, outward, *, heart, pose, active, times_s):
    """From the heart frame to the image frame: tilt, rocking, breathing."""
    angle = np.deg2rad(pose.tilt_deg + heart.rock_deg * active)
    turn = np.stack(
        [np.stack([np.cos(angle), -np.sin(angle)], -1),
         np.stack([np.sin(angle), np.cos(angle)], -1)], -2
    )  # fmt: skip
    breath = np.sin(2 * np.pi * times_s / pose.period_s + pose.phase) - np.sin(pose.phase)
    place = pose.apex_mm + breath[:, None] * pose.drift_mm
    middle = np.einsum("tij,tmj->tmi", turn, middle) + place[:, None]
    return middle, np.einsum("tij,tmj->tmi", turn, outward)
