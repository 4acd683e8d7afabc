"""What ends a run of drills with one line for the user."""


class DrillError(Exception):
    """What failed and what mends it, in one or two sentences."""
