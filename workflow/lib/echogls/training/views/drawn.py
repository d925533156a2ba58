"""Pictures that are no view of the heart, drawn: what else lies in a patient's folder.

Every function takes the random generator first and returns a (SIDE, SIDE) uint8 picture;
those that need ultrasound take it from `source`, a (S, S) uint8 image of any view.
"""

import cv2
import numpy as np

from echogls.training.views.rearranged import SIDE


def _grid():
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    return columns / SIDE, rows / SIDE


def _speckle(rng, across=2.0, along=1.0, shape=(SIDE, SIDE)):
    """(H, W) grain of log-compressed speckle with mean 0, about -1..1."""
    noise = rng.standard_normal((*shape, 2)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), sigmaX=across, sigmaY=along)
    power = (noise**2).sum(-1)
    return np.clip(np.log10(power / power.mean() + 1e-3), -1.5, 1) * 0.7


def _cloud(rng, coarse=5):
    field = rng.random((coarse, coarse)).astype(np.float32)
    return cv2.resize(field, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)


def _grey(x):
    return np.clip(255 * x, 0, 255).astype(np.uint8)


def _fan(rng):
    """(H, W) bool of a sector, a curved array's fan, or a rectangle."""
    x, y = _grid()
    kind = rng.integers(3)
    if kind == 0:
        top = rng.uniform(0.0, 0.1)
        return np.abs(x - 0.5) < rng.uniform(0.3, 0.5) if top < 0.02 else (y > top)
    start = 0.0 if kind == 1 else rng.uniform(0.2, 0.5)
    r, angle = np.hypot(x - 0.5, y + start), np.arctan2(x - 0.5, y + start)
    half = np.deg2rad(rng.uniform(25, 45))
    return (np.abs(angle) < half) & (r < 0.95 + start) & (r > start + 0.02)


def plain(rng, source):
    """Black, one grey, a slope, noise, or a smooth field."""
    x, y = _grid()
    kind = rng.integers(6)
    if kind == 0:
        return np.zeros((SIDE, SIDE), np.uint8)
    if kind == 1:
        return np.full((SIDE, SIDE), rng.integers(1, 256), np.uint8)
    if kind == 2:
        a = rng.uniform(0, 2 * np.pi)
        return _grey(0.5 + rng.uniform(-1, 1) * (np.cos(a) * (x - 0.5) + np.sin(a) * (y - 0.5)))
    if kind == 3:
        return _grey(rng.random((SIDE, SIDE)) * rng.uniform(0.05, 1))
    if kind == 4:
        return _grey(_cloud(rng, int(rng.integers(3, 20))))
    return _grey((0.4 + 0.5 * _speckle(rng, rng.uniform(0.5, 4), rng.uniform(0.5, 2))) * _fan(rng))


def spectral_doppler(rng, source):
    """Velocity over time: filled or hollow waves on a baseline, often under a small image."""
    x, y = _grid()
    baseline = rng.uniform(0.3, 0.8)
    beats = rng.uniform(1.5, 6)
    phase = (x * beats + rng.random()) % 1
    wave = np.zeros((SIDE, SIDE), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        at, width = rng.uniform(0.1, 0.9), rng.uniform(0.05, 0.2)
        wave += (
            rng.choice([-1, 1], p=[0.6, 0.4])
            * rng.uniform(0.1, 0.5)
            * np.exp(-(((phase - at) / width) ** 2))
        )
    height = (baseline - y) / np.where(np.abs(wave) < 1e-3, 1e-3, wave)
    hollow = rng.random() < 0.5
    body = np.where((height > 0) & (height < 1), 0.8 * height**2 + 0.15 if hollow else 0.7, 0.0)
    grain = 1 + _speckle(rng, rng.uniform(0.6, 2), rng.uniform(0.6, 1.5))
    picture = body * grain + rng.uniform(0, 0.12) * rng.random((SIDE, SIDE))
    picture[np.abs(y - baseline) < 0.006] = 0.7
    picture[np.abs(y - baseline) < rng.uniform(0, 0.03)] *= rng.uniform(0.2, 1)
    for line in range(int(rng.integers(0, 8))):
        picture[int(SIDE * (line + 0.5) / 8)] += 0.15
    if rng.random() < 0.6:
        return _under_an_image(rng, picture, source)
    return _grey(picture)


def m_mode(rng, source):
    """One beam over time: layers that move up and down together."""
    x, y = _grid()
    rows, columns = np.nonzero(source)
    if not rows.size or rng.random() < 0.3:
        profile = np.clip(0.4 + 0.4 * rng.standard_normal(24), 0, 1)
        profile = np.interp(np.linspace(0, 23, SIDE), np.arange(24), profile)
    else:
        column = int(np.clip(np.median(columns) + rng.normal(0, 12), 0, source.shape[1] - 1))
        line = source[rows.min() : rows.max() + 1, max(column - 1, 0) : column + 2].mean(1) / 255
        profile = cv2.resize(line[:, None].astype(np.float32), (1, SIDE))[:, 0]
    beats = rng.uniform(1.5, 7)
    phase = (x + rng.random()) * beats * 2 * np.pi
    sway = np.sin(phase) + 0.4 * np.sin(2 * phase + rng.uniform(0, 6))
    depth = np.sin(np.pi * np.clip(y * rng.uniform(0.8, 1.2), 0, 1))
    at = (y + rng.uniform(0.02, 0.07) * sway * depth) * (SIDE - 1)
    picture = np.interp(at, np.arange(SIDE), profile)
    picture = picture * (1 + 0.5 * _speckle(rng, rng.uniform(1, 4), 0.8))
    if rng.random() < 0.5:
        return _under_an_image(rng, picture, source)
    return _grey(picture * rng.uniform(0.8, 1.6))


def _under_an_image(rng, picture, source):
    """A graph with a small image above it."""
    cut = int(SIDE * rng.uniform(0.25, 0.5))
    small = cv2.resize(source, (int(cut * rng.uniform(0.9, 1.6)), cut))
    small = small[:, :SIDE]
    left = int(rng.integers(0, SIDE - small.shape[1] + 1))
    graph = cv2.resize(_grey(picture), (SIDE, SIDE - cut))
    top = np.zeros((cut, SIDE), np.uint8)
    top[:, left : left + small.shape[1]] = small
    return np.vstack([top, graph])


def split_screen(rng, source):
    """Two or four images on one screen."""
    other = source[:, ::-1] if rng.random() < 0.3 else source
    grey = np.clip(other * rng.uniform(0.5, 1.3), 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        grey = colour_flow(rng, source)
    half = cv2.resize(source, (SIDE // 2, SIDE // 2)), cv2.resize(grey, (SIDE // 2, SIDE // 2))
    row = np.hstack(half)
    if rng.random() < 0.3:
        return np.vstack([row, row[:, ::-1] if rng.random() < 0.3 else row])
    if rng.random() < 0.3:  # as seen when the window is stretched over both
        return cv2.resize(row, (SIDE, SIDE))
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    top = int(rng.integers(0, SIDE // 2))
    canvas[top : top + SIDE // 2] = row
    return canvas


def colour_flow(rng, source):
    """Colour flow as grey levels: a box of smooth, saturated patches over an image."""
    image = cv2.resize(source, (SIDE, SIDE)).astype(np.float32)
    x, y = _grid()
    r, angle = np.hypot(x - 0.5, y), np.arctan2(x - 0.5, y)
    centre, width = rng.uniform(-0.3, 0.3), rng.uniform(0.12, 0.4)
    near, far = np.sort(rng.uniform(0.15, 1.0, 2))
    far = max(far, near + 0.25)
    box = (np.abs(angle - centre) < width) & (r > near) & (r < far)
    flow = _cloud(rng, int(rng.integers(5, 14)))
    patches = box & (flow > rng.uniform(0.3, 0.6))
    tone = 70 + 160 * np.abs(_cloud(rng, int(rng.integers(6, 30))) - 0.4)
    image = np.where(patches, tone, image)
    if rng.random() < 0.7:
        edge = cv2.morphologyEx(box.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((2, 2)))
        image = np.where(edge > 0, 220, image)
    return np.clip(image, 0, 255).astype(np.uint8)


def phantom(rng, source):
    """Even speckle with cysts, targets or wires in rows."""
    x, y = _grid()
    level = np.full((SIDE, SIDE), rng.uniform(0.25, 0.6), np.float32)
    kind = rng.integers(3)
    for _ in range(int(rng.integers(2, 9))):
        cx, cy, size = rng.uniform(0.2, 0.8), rng.uniform(0.1, 0.9), rng.uniform(0.02, 0.1)
        if kind == 0:
            level[np.hypot(x - cx, y - cy) < size] = rng.uniform(0, 0.1)
        elif kind == 1:
            level[np.hypot(x - cx, y - cy) < size] += rng.uniform(-0.3, 0.4)
    if kind == 2:
        step = rng.uniform(0.08, 0.2)
        level[(np.abs((x % step) - step / 2) < 0.012) & (np.abs((y % step) - step / 2) < 0.008)] = 1
    return _grey(level * (1 + _speckle(rng, rng.uniform(1, 3), 1.0)) * _fan(rng))


def other_organ(rng, source):
    """Layers and a vessel, liver with vessels, a kidney, or a foetal head: no heart."""
    x, y = _grid()
    level = 0.35 + 0.25 * _cloud(rng, 6)
    kind = rng.integers(3)
    if kind == 0:
        for _ in range(int(rng.integers(3, 9))):
            at, bend = rng.uniform(0.02, 1), rng.normal(0, 0.05)
            line = at + bend * np.sin(np.pi * x * rng.uniform(0.5, 2))
            level += rng.uniform(-0.25, 0.5) * np.exp(
                -(((y - line) / rng.uniform(0.005, 0.04)) ** 2)
            )
    for _ in range(int(rng.integers(1, 5))):
        cx, cy = rng.uniform(0.15, 0.85), rng.uniform(0.2, 0.9)
        a, b = rng.uniform(0.03, 0.25), rng.uniform(0.02, 0.12)
        turn = rng.uniform(0, np.pi)
        u = (np.cos(turn) * (x - cx) + np.sin(turn) * (y - cy)) / a
        v = (-np.sin(turn) * (x - cx) + np.cos(turn) * (y - cy)) / b
        d = np.hypot(u, v)
        if kind == 1:
            level = np.where(d < 1, rng.uniform(0.0, 0.15), level)
            level += rng.uniform(0, 0.4) * np.exp(-(((d - 1.05) / 0.08) ** 2))
        else:
            level += rng.uniform(0.1, 0.5) * np.exp(-(((d - 1) / 0.1) ** 2))
            level = np.where(d < 0.5, level + rng.uniform(-0.3, 0.4), level)
    level *= np.interp(y, np.linspace(0, 1, 4), rng.uniform(0.4, 1.3, 4))
    return _grey(
        level * (1 + _speckle(rng, rng.uniform(0.8, 3), rng.uniform(0.6, 1.2))) * _fan(rng)
    )


def screen(rng, source):
    """A page of text, a table, a curve or a bull's eye."""
    picture = np.full((SIDE, SIDE), int(rng.choice([0, 20, 255, 230])), np.uint8)
    ink = 255 - int(picture[0, 0])
    kind = rng.integers(3)
    if kind == 0:
        step = int(rng.integers(7, 16))
        for row in range(step, SIDE, step):
            word = "".join(rng.choice(list("ABCDEHLMRSVaeinorst0123456789 .:/"), 24))
            place = (int(rng.integers(0, 30)), row)
            cv2.putText(picture, word, place, cv2.FONT_HERSHEY_PLAIN, step / 16, ink)
    elif kind == 1:
        for _ in range(int(rng.integers(1, 7))):
            t = np.arange(SIDE)
            value = np.cumsum(rng.normal(0, 2, SIDE)) + 20 * np.sin(t / rng.uniform(4, 20))
            y = np.clip(SIDE / 2 + rng.normal(0, 25) + value, 0, SIDE - 1)
            cv2.polylines(picture, [np.stack([t, y], -1).astype(np.int32)], False, ink, 1)
    else:
        for ring in range(4):
            for part in range(6):
                tone = int(rng.integers(30, 255))
                start = 60 * part
                cv2.ellipse(picture, (SIDE // 2, SIDE // 2), (70 - 17 * ring,) * 2, 0, start,
                            start + 60, tone, cv2.FILLED)  # fmt: skip
    return picture


def section(rng, source):
    """An X-ray, CT or MR like picture: smooth nested shapes on black."""
    x, y = _grid()
    level = np.zeros((SIDE, SIDE), np.float32)
    for _ in range(int(rng.integers(3, 12))):
        cx, cy = rng.normal(0.5, 0.15, 2)
        a, b = rng.uniform(0.04, 0.45, 2)
        d = np.hypot((x - cx) / a, (y - cy) / b)
        level = level + rng.uniform(-0.3, 0.5) / (
            1 + np.exp(np.minimum((d - 1) * rng.uniform(5, 40), 50))
        )
    return _grey(np.clip(level, 0, 1) + rng.uniform(0, 0.05) * rng.random((SIDE, SIDE)))


KINDS = {
    "plain": plain,
    "spectral_doppler": spectral_doppler,
    "m_mode": m_mode,
    "split_screen": split_screen,
    "colour_flow": colour_flow,
    "phantom": phantom,
    "other_organ": other_organ,
    "screen": screen,
    "section": section,
}
