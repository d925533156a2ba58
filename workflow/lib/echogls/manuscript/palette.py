"""Colours that stay apart for colour-blind readers (Okabe & Ito 2008), none of them yellow, which
nobody sees on white."""

# One a segment, septal annulus to lateral annulus; RGB in 0..255.
SEGMENT_COLOURS = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (204, 121, 167),
    (0, 114, 178),
    (213, 94, 0),
)


def web_colour(rgb: tuple[int, int, int]) -> str:
    """#rrggbb of an RGB colour."""
    return "#{:02x}{:02x}{:02x}".format(*rgb)
