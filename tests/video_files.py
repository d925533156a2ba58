"""Videos that tests read."""

import cv2


def write_avi(path, frames, fps=50.0):
    """Motion JPEG of (T, H, W) grey or (T, H, W, 3) BGR frames, uint8."""
    rows, columns = frames.shape[1:3]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), fps, (columns, rows))
    assert writer.isOpened()
    for frame in frames:
        writer.write(frame if frame.ndim == 3 else cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    writer.release()
