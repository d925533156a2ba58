"""Training of the networks: a room each for segmentation, views and learned motion.

Needs Keras and TensorFlow, and nothing outside this room imports them or it: a study runs on the
exported graphs alone (`runtime.py`).
"""
