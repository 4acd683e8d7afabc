"""What a run turns into one line for the user."""


class RunError(Exception):
    """What failed and what mends it, in one or two sentences."""
