"""The network that recognises views, and the pictures that it learns from."""
