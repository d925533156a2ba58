import numpy as np

from echogls.polyline import nearest_place, resample


def test_resampled_points_are_equally_far_apart_and_keep_the_ends():
    line = np.array([[0.0, 0], [3, 4], [3, 4], [3, 14]])
    points = resample(line, 4)
    np.testing.assert_allclose(points, [[0, 0], [3, 4], [3, 9], [3, 14]])


def test_the_nearest_place_is_a_foot_on_a_step_or_an_end():
    line = np.array([[0.0, 0], [10, 0], [10, 10]])
    points = np.array([[4.0, 3], [12, 5], [-2, -1], [9, 30]])
    np.testing.assert_allclose(nearest_place(points, line), [[4, 0], [10, 5], [0, 0], [10, 10]])
