"""Figures, overlays and tables: they draw and round, and compute nothing."""
