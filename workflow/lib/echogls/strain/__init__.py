"""Strain: beats by rule (`cycle`), lengths and their errors, segments, and the measures' rows."""
