"""What the report's page draws itself: plots and pictures as SVG within the page."""

STEPS = 6  # points a segment of the drawn wall: its bends show; by judgement
