"""What scripts/lab turns into one line for the user."""


class LabError(Exception):
    """What failed and what mends it, in one or two sentences."""
