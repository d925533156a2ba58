"""Myocardium by U-Net, and its contour: frame -> label mask -> centreline."""
