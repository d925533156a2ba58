"""Whose heart it is: sizes, shape, strain and disease, drawn from published human ranges.

Sizes: Lang et al. 2015 (ASE/EACVI chamber quantification); long axis and wall of the
four-chamber view: the masks of CAMUS (Leclerc et al. 2019). Strain: by default the
cohort of Ostvik et al. 2018, GLS -17.9 +/- 2.3 %.
"""

from dataclasses import dataclass, replace

import numpy as np

from echogls.study import SEGMENTS

# Share of the global strain that each segment has in a healthy heart, septal annulus first
# (apex more than base: the HUNT study, Dalen et al. 2010), and its spread between people.
SEGMENT_SHARE = np.array([0.92, 1.00, 1.12, 1.10, 0.98, 0.88])
SEGMENT_SPREAD = 0.07  # of a segment's contraction round the wall's, relative; by judgement

# Share of recordings whose plane misses the apex, and the standard deviation of how much of
# the long axis it then misses, at most FORESHORTENED_MOST: our choice, for no one knows it of
# clips that are used.
FORESHORTENED, FORESHORTENED_SD, FORESHORTENED_MOST = 0.3, 0.08, 0.18

# How often each pathology is drawn: our choice, half of the hearts healthy, so that a cohort of 21
# has some of several kinds.
PATHOLOGIES = {
    "normal": 0.52,
    "dilated": 0.10,
    "hypertrophic": 0.10,
    "septal_hypokinesia": 0.07,
    "lateral_hypokinesia": 0.07,
    "apical_infarct": 0.07,
    "dyssynchrony": 0.07,
}


@dataclass(frozen=True)
class Heart:
    """A left ventricle at end-diastole and how it moves.

    Attributes
    ----------
    pathology : key of PATHOLOGIES.
    gls_percent : wanted peak of the global strain, signed percent.
    segment_strain_percent : (6,) wanted peak of each segment, their mean is `gls_percent`.
    delay_s : (6,) how late each segment contracts.
    length_mm : apex to annulus along the middle of the wall.
    septal_mm, lateral_mm : largest half-width of the middle of the wall on each side.
    annulus : width of the annulus as a share of the largest width.
    bluntness : exponent of the outline; 1 is an ellipse, less is a bullet.
    thickness_mm : (6,) of the wall.
    circumferential : circumferential over longitudinal strain of the middle of the wall.
    annulus_share : narrowing of the annulus over the circumferential strain.
    twist_mm : how far the apex moves out of the plane against the base.
    heart_rate : 1/min; `kick` as in heartbeat.Rhythm.
    rock_deg : rotation of the long axis through systole.
    foreshortening : share of the long axis that apical planes miss, see `in_apical_plane`.
    """

    pathology: str
    gls_percent: float
    segment_strain_percent: np.ndarray
    delay_s: np.ndarray
    length_mm: float
    septal_mm: float
    lateral_mm: float
    annulus: float
    bluntness: float
    thickness_mm: np.ndarray
    circumferential: float
    annulus_share: float
    twist_mm: float
    heart_rate: float
    kick: float
    rock_deg: float
    foreshortening: float = 0.0


def draw_heart(
    rng: np.random.Generator,
    *,
    gls_percent: float | None = None,
    gls_mean: float = -17.9,
    gls_sd: float = 2.3,
    pathology: str | None = None,
) -> Heart:
    """Draw one heart.

    Parameters
    ----------
    gls_percent : its global strain, signed percent; None draws it from a normal
        distribution with `gls_mean` and `gls_sd`, kept in -27..-6.
    pathology : key of PATHOLOGIES; None draws one. Its strain keeps the drawn mean:
        a weak segment is made up for by the others as far as they can.
    """
    names = list(PATHOLOGIES)
    drawn = names[int(rng.choice(len(names), p=list(PATHOLOGIES.values())))]
    pathology = pathology or drawn
    if gls_percent is None:
        gls_percent = float(np.clip(rng.normal(gls_mean, gls_sd), -27, -6))
    share = SEGMENT_SHARE * (1 + rng.normal(0, SEGMENT_SPREAD, 6))
    delay = rng.normal(0, 0.008, 6)
    length = float(np.clip(rng.normal(84, 8), 64, 108))
    width = float(np.clip(rng.normal(0.31, 0.03), 0.24, 0.40)) * length
    wall = float(np.clip(rng.normal(9.0, 1.2), 6.5, 13))
    circumferential, twist = rng.uniform(0.85, 1.15), rng.uniform(1.5, 4.5)
    if pathology == "dilated":
        width *= rng.uniform(1.15, 1.35)
        wall *= rng.uniform(0.8, 0.95)
        twist *= 0.4
    elif pathology == "hypertrophic":
        wall *= rng.uniform(1.25, 1.6)
        width *= rng.uniform(0.88, 0.98)
    elif pathology in ("septal_hypokinesia", "lateral_hypokinesia"):
        weak = slice(0, 3) if pathology.startswith("septal") else slice(3, 6)
        share[weak] *= rng.uniform(0.3, 0.7)
        delay[weak] += rng.uniform(0.02, 0.07)
    elif pathology == "apical_infarct":
        share[2:4] *= rng.uniform(0.05, 0.4)
        delay[2:4] += rng.uniform(0.04, 0.1)
    elif pathology == "dyssynchrony":
        share[:3] *= rng.uniform(0.6, 0.9)
        delay[:3] -= rng.uniform(0.02, 0.05)
        delay[3:] += rng.uniform(0.03, 0.08)
    missed = 0.0
    aside = rng.spawn(1)[0]  # draws of its own: those of the others stay as they are
    if aside.random() < FORESHORTENED:
        missed = min(abs(aside.normal(0, FORESHORTENED_SD)), FORESHORTENED_MOST)
    profile = np.array([1.08, 1.0, 0.82, 0.78, 0.95, 1.0]) * (1 + rng.normal(0, 0.05, 6))
    return Heart(
        pathology=pathology,
        gls_percent=gls_percent,
        segment_strain_percent=gls_percent * share / share.mean(),
        delay_s=delay,
        length_mm=length,
        septal_mm=width * (1 - rng.uniform(0, 0.18)),
        lateral_mm=width * (1 + rng.uniform(-0.05, 0.15)),
        annulus=rng.uniform(0.55, 0.85),
        bluntness=rng.uniform(0.8, 1.02),
        thickness_mm=wall * profile,
        circumferential=circumferential,
        annulus_share=rng.uniform(0.4, 0.9),
        twist_mm=twist,
        heart_rate=float(np.clip(rng.normal(68, 11), 45, 110)),
        kick=float(np.clip(rng.normal(0.28, 0.07), 0.08, 0.5)),
        rock_deg=rng.normal(0, 2.5),
        foreshortening=missed,
    )


def in_apical_plane(heart: Heart) -> Heart:
    """The heart as a plane shows it that misses a share of its long axis: shorter, its apex
    blunter, and thicker there, because the wall is cut obliquely."""
    missed = heart.foreshortening
    return replace(
        heart,
        length_mm=heart.length_mm * (1 - missed),
        bluntness=heart.bluntness * (1 - missed),
        thickness_mm=heart.thickness_mm * (1 + missed * np.array([0, 0.5, 2, 2, 0.5, 0])),
        foreshortening=0.0,  # of what is seen nothing more is missed
    )


# What a regional disease of the four-chamber view's wall is in the other apical planes: the
# segments (left wall first) that have it, too. The septum goes on into the anteroseptal wall
# and the lateral one into the inferolateral; the two-chamber plane cuts neither.
REGIONS = {
    "septal_hypokinesia": {"alax": slice(3, 6)},
    "lateral_hypokinesia": {"alax": slice(0, 3)},
    "apical_infarct": {"a2c": slice(2, 4), "alax": slice(2, 4)},
}
PLANE_SPREAD = 0.05  # of the planes' GLS round the heart's, relative; by judgement


def other_plane(rng: np.random.Generator, heart: Heart, view: str) -> Heart:
    """The same heart cut in another apical plane, "a2c" or "alax".

    Length, rate, torsion and disease are the heart's; widths, wall, and the segments' strain
    and delay are drawn anew round what the four-chamber plane has.
    """
    share = SEGMENT_SHARE * (1 + rng.normal(0, SEGMENT_SPREAD, 6))
    delay = rng.normal(0, 0.008, 6)
    weak = REGIONS.get(heart.pathology, {}).get(view)
    if weak is not None:
        share[weak] *= rng.uniform(0.3, 0.7)
        delay[weak] += rng.uniform(0.02, 0.07)
    elif heart.pathology == "dyssynchrony" and view == "alax":
        share[3:] *= rng.uniform(0.6, 0.9)  # anteroseptal
        delay[3:] -= rng.uniform(0.02, 0.05)
        delay[:3] += rng.uniform(0.03, 0.08)
    gls = float(np.clip(heart.gls_percent * (1 + rng.normal(0, PLANE_SPREAD)), -27, -6))
    width = 0.5 * (heart.septal_mm + heart.lateral_mm)
    return replace(
        heart,
        gls_percent=gls,
        segment_strain_percent=gls * share / share.mean(),
        delay_s=delay,
        length_mm=heart.length_mm * rng.uniform(0.97, 1.03),
        septal_mm=width * rng.uniform(0.85, 1.1),
        lateral_mm=width * rng.uniform(0.85, 1.1),
        annulus=rng.uniform(0.55, 0.85),
        bluntness=rng.uniform(0.8, 1.02),
        thickness_mm=heart.thickness_mm * (1 + rng.normal(0, 0.05, 6)),
        rock_deg=rng.normal(0, 2.5),
    )


def along_wall(values: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Values of the six segments -> a smooth profile at shares `u` of the wall.

    Linear between the middles of segments, level beyond the outer ones, so the mean over
    each half of a segment pair is kept but for the rounding at the ends.
    """
    middles = (np.arange(len(SEGMENTS)) + 0.5) / len(SEGMENTS)
    return np.interp(u, middles, values)
