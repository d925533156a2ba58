"""How far a heart is through its contraction at any time, beat after beat.

Durations follow the systolic time intervals of Weissler et al. 1968 (Circulation
37(2), 149-159, men): electromechanical systole as study.SYSTOLE has it, pre-ejection
0.131 - 0.0004 HR s, the heart rate HR in 1/min.
"""

from dataclasses import dataclass

import numpy as np

from echogls.study import SYSTOLE

# Phases of diastole of an adult at rest: isovolumic relaxation, early filling, the atrium's kick;
# by judgement.
RELAXATION_S = 0.08
EARLY_FILLING_S = 0.19
ATRIAL_KICK_S = 0.14
LONGEST_SYSTOLE = 0.55  # share of a beat; a fast heart has no room for more


@dataclass(frozen=True)
class Rhythm:
    """The beats of a clip.

    Attributes
    ----------
    r_waves_s : (B + 1,) times of R waves, which are end-diastole; the last one ends the
        last beat. The first may lie before the clip and the last after it.
    es_s : (B,) time of end-systole of each beat.
    kick : share of the shortening that is left for the atrial kick to undo, 0 in atrial
        fibrillation.
    """

    r_waves_s: np.ndarray
    es_s: np.ndarray
    kick: float


def draw_rhythm(
    rng: np.random.Generator,
    *,
    heart_rate: float,
    first_r_s: float,
    duration_s: float,
    variation: float = 0.03,
    kick: float = 0.28,
) -> Rhythm:
    """Beats from an R wave at `first_r_s` until the clip is covered.

    Parameters
    ----------
    heart_rate : mean, 1/min.
    first_r_s : time of the first R wave in the clip, seconds; a beat before it is added.
    duration_s : of the clip.
    variation : standard deviation of a beat's duration as a share of the mean.
    """
    mean = 60 / heart_rate

    def duration():
        return mean * float(np.clip(1 + rng.normal(0, variation), 0.8, 1.25))

    waves = [first_r_s - duration(), first_r_s]
    while waves[-1] < duration_s + 0.3:
        waves.append(waves[-1] + duration())
    r_waves = np.array(waves)
    beats = np.diff(r_waves)
    systole = np.minimum(SYSTOLE[0] - SYSTOLE[1] * 60 / beats, LONGEST_SYSTOLE * beats)
    return Rhythm(r_waves, r_waves[:-1] + systole, kick)


def activation(rhythm: Rhythm, times_s: np.ndarray) -> np.ndarray:
    """Share of the full shortening at each time, 0 at end-diastole and 1 at end-systole.

    Isovolumic contraction and relaxation change little, early filling undoes most of the
    shortening, diastasis rests, the atrial kick undoes what is left. Any shape of
    `times_s`; before the first and after the last R wave it is 0.
    """
    from scipy.interpolate import PchipInterpolator  # 0.3 s; reading the truth does without

    at: list[float] = []
    share: list[float] = []
    for start, es, stop in zip(
        rhythm.r_waves_s[:-1], rhythm.es_s, rhythm.r_waves_s[1:], strict=True
    ):
        beat, systole = stop - start, es - start
        ejection = min(0.131 - 0.0004 * 60 / beat, 0.3 * systole)
        left = stop - es
        relaxed = es + min(RELAXATION_S, 0.2 * left)
        filled = relaxed + min(EARLY_FILLING_S, 0.45 * left)
        kicks = max(stop - min(ATRIAL_KICK_S, 0.3 * left), filled + 0.01)
        at += [start, start + ejection, start + ejection + 0.45 * (systole - ejection), es]
        at += [relaxed, filled, kicks]
        share += [0.0, 0.03, 0.56, 1.0, 0.95, rhythm.kick + 0.03, rhythm.kick]
    curve = PchipInterpolator([*at, rhythm.r_waves_s[-1]], [*share, 0.0])
    return np.nan_to_num(curve(np.clip(times_s, at[0], rhythm.r_waves_s[-1])))


def filling(rhythm: Rhythm, times_s: np.ndarray) -> np.ndarray:
    """How wide the atrioventricular valves are open, 0 to 1: twice a beat."""
    width = np.zeros_like(np.asarray(times_s, float))
    for es, stop in zip(rhythm.es_s, rhythm.r_waves_s[1:], strict=True):
        left = stop - es
        early = es + min(RELAXATION_S, 0.2 * left) + 0.4 * min(EARLY_FILLING_S, 0.45 * left)
        late = stop - 0.5 * min(ATRIAL_KICK_S, 0.3 * left)
        width = np.maximum(width, np.exp(-(((times_s - early) / 0.06) ** 2)))
        width = np.maximum(width, 0.7 * np.exp(-(((times_s - late) / 0.05) ** 2)))
        between = (times_s > early) & (times_s < late)
        width = np.maximum(width, 0.35 * between)
    return width
