"""Which view a clip shows, and which clip of a view is measured."""
