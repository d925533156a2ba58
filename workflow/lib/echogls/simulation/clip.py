"""One simulated clip: a heart seen by a probe through a machine, with all that is true of it."""

from dataclasses import dataclass, replace

import numpy as np

from echogls.simulation.acoustics import Probe, Raster, ScanConverter, receive
from echogls.simulation.anatomy import Heart, in_apical_plane
from echogls.simulation.heartbeat import Rhythm, draw_rhythm
from echogls.simulation.looks import Look, Machine, draw_look
from echogls.simulation.mechanics import Pose, Wall
from echogls.simulation.scene import DENSITY, Scatterers, Scene, muscle_level
from echogls.simulation.views import BUILDERS, apical

# By judgement: half of the scenes of training are such that tissue is hard to tell from clutter,
# for easy ones teach nothing of poor windows. These have much that stands still, against mean
# myocardium, and coarse speckle.
DIFFICULT = 0.5  # share of the scenes
CLUTTER_DB = (-25.0, -15.0)
LONG_PULSE = (3.5, 5.5)  # periods


@dataclass(frozen=True)
class SimulatedClip:
    """Frames and truth of one clip.

    Attributes
    ----------
    frames : (T, H, W) uint8, black outside the sector.
    sector : (H, W) bool.
    times_s : (T,) from the first frame.
    raster : pixels of `frames` in the image frame of `wall`.
    rhythm : R waves and end-systoles, on the same clock.
    wall : the ventricle, or None where the view shows none that is measured.
    heart, pose, scene, probe, look : what was imaged and how; the heart as its plane shows it.
    """

    frames: np.ndarray
    sector: np.ndarray
    times_s: np.ndarray
    raster: Raster
    rhythm: Rhythm
    wall: Wall | None
    heart: Heart
    pose: Pose
    scene: Scene
    probe: Probe
    look: Look


def draw_probe(rng: np.random.Generator, heart: Heart) -> Probe:
    """A phased array set by someone who wants the whole heart in the picture."""
    return Probe(
        frequency_mhz=rng.uniform(1.6, 3.4),
        pulse_cycles=rng.uniform(2.5, 5.0),
        aperture_mm=rng.uniform(15, 22),
        focus_mm=rng.uniform(60, 110),
        depth_mm=float(np.clip(heart.length_mm + rng.uniform(55, 90), 125, 185)),
        half_angle_deg=rng.uniform(34, 45),
    )


def draw_difficulty(rng: np.random.Generator, probe: Probe, look: Look) -> tuple[Probe, Look]:
    """The same probe and machine, in a share DIFFICULT of the scenes on a poor acoustic window."""
    if rng.random() < DIFFICULT:
        look = replace(look, reverberation_db=rng.uniform(*CLUTTER_DB))
        probe = replace(probe, pulse_cycles=rng.uniform(*LONG_PULSE))
    return probe, look


def draw_pose(rng: np.random.Generator, heart: Heart) -> Pose:
    """Where the heart lies: the apex near the probe, the long axis nearly along the beam."""
    tilt = float(rng.normal(0, 7))
    return Pose(
        apex_mm=np.array([np.tan(np.deg2rad(tilt)) * 25 + rng.normal(0, 4), rng.uniform(17, 32)]),
        tilt_deg=tilt,
        drift_mm=rng.normal(0, 1.0, 2),
        period_s=rng.uniform(3, 5),
        phase=rng.uniform(0, 2 * np.pi),
    )


def draw_raster(rng: np.random.Generator, probe: Probe, rows: int | None = None) -> Raster:
    """The stored image: the sector with a margin around it and room for an ECG below.

    rows : its height in pixels; None draws one of what machines store.
    """
    if rows is None:
        rows = int(rng.choice([434, 480, 600, 708, 768]))
    spacing = probe.depth_mm * 1.12 / (rows - 1)
    half = probe.depth_mm * np.sin(np.deg2rad(probe.half_angle_deg)) * 1.03
    columns = int(max(np.ceil(2 * half / spacing), rows * rng.uniform(1.15, 1.35)))
    columns += columns % 2  # JPEG 4:2:2 wants even widths
    x = -spacing * (columns - 1) / 2
    return Raster(spacing, (x, -0.02 * probe.depth_mm), (rows + rows % 2, columns))


def simulate_clip(
    rng: np.random.Generator,
    heart: Heart,
    *,
    view: str = "a4c",
    fps: float | None = None,
    beats: float = 1.5,
    first_r_s: float | None = None,
    probe: Probe | None = None,
    look: Look | None = None,
    pose: Pose | None = None,
    raster: Raster | None = None,
    times_s: np.ndarray | None = None,
    density: float = DENSITY,
) -> SimulatedClip:
    """Simulate one clip; what is not given is drawn.

    Parameters
    ----------
    view : key of study.VIEWS.
    fps : frames a second, None draws 40..80.
    beats : length of the clip in mean beats.
    first_r_s : time of the first R wave; None draws one in the first fifth of a beat.
    times_s : (T,) times of the frames, instead of `fps` and `beats`.
    density : scatterers a mm2.
    """
    probe = probe or draw_probe(rng, heart)
    pose = pose or draw_pose(rng, heart)
    raster = raster or draw_raster(rng, probe)
    look = look or draw_look(rng)
    fps = fps or rng.uniform(40, 80)
    if times_s is None:
        times_s = np.arange(int(np.ceil(beats * 60 / heart.heart_rate * fps))) / fps
    if first_r_s is None:
        first_r_s = rng.uniform(0.02, 0.2) * 60 / heart.heart_rate
    rhythm = draw_rhythm(
        rng, heart_rate=heart.heart_rate, first_r_s=first_r_s, duration_s=times_s[-1],
        kick=heart.kick,
    )  # fmt: skip
    if BUILDERS[view] is apical:
        heart = in_apical_plane(heart)
    scene = BUILDERS[view](rng, probe, heart, rhythm, pose, times_s, view)
    scatterers = Scatterers(rng, scene, probe, density)
    machine = Machine(rng, probe, look, muscle_level(probe, density))
    convert = ScanConverter(probe, raster)
    frames = np.empty((len(times_s), *raster.shape), np.uint8)
    for k in range(len(times_s)):
        grey = machine.develop(receive(probe, *scatterers.frame(k)))
        frames[k] = np.round(convert(grey)).astype(np.uint8)
    return SimulatedClip(
        frames=frames,
        sector=convert.sector,
        times_s=times_s,
        raster=raster,
        rhythm=rhythm,
        wall=scene.wall,
        heart=heart,
        pose=pose,
        scene=scene,
        probe=probe,
        look=look,
    )
