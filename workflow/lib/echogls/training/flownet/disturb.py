"""What machines and chests add to neighbouring images, beyond what those have."""

import cv2
import numpy as np


def disturbed(rng, *frames):
    """Images (H, W) with more blur, grey scale, clutter that stands still, and noise."""
    first = frames[0]
    images = [np.float32(frame) for frame in frames]
    if rng.random() < 0.35:
        sigma = rng.uniform(0.4, 1.3)
        images = [cv2.GaussianBlur(image, (0, 0), sigma) for image in images]
    if rng.random() < 0.4:
        gamma = np.exp(rng.normal(0, 0.25))
        images = [255 * (np.clip(image, 0, 255) / 255) ** np.float32(gamma) for image in images]
    if rng.random() < 0.35:
        blob = cv2.GaussianBlur(
            rng.standard_normal(first.shape).astype(np.float32), (0, 0), rng.uniform(0.8, 2.2)
        )
        coarse = np.exp(rng.normal(0, 1, (4, 4))).astype(np.float32)
        envelope = cv2.resize(coarse, first.shape[::-1], interpolation=cv2.INTER_LINEAR)
        still = np.abs(blob / blob.std()) * envelope * np.float32(rng.uniform(2, 14))
        images = [image + still for image in images]
    if rng.random() < 0.5:
        level, sigma = rng.uniform(1, 12), rng.uniform(0.4, 1.0)
        for k in range(len(images)):
            grain = cv2.GaussianBlur(
                rng.standard_normal(first.shape).astype(np.float32), (0, 0), sigma
            )
            images[k] = images[k] + np.float32(level) * grain / grain.std()
    seen = np.any(frames, axis=0)
    return tuple(np.where(seen, np.clip(image, 1, 255), 0).astype(np.uint8) for image in images)
