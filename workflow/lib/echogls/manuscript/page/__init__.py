"""What the report's page draws itself: plots and pictures as SVG within the page."""
