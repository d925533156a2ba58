"""Simulated patients beside their truth: where an error of GLS comes from, how far motion errs."""
