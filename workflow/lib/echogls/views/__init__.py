"""Which view a clip shows, and which clip of a view is measured."""

SIZE = 128  # side in pixels of what the classifier sees, as in Ostvik et al. 2018, section 2.1
