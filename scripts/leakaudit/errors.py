"""What scripts/leak-audit turns into one line for the user."""


class AuditError(Exception):
    """What failed and what mends it, in one or two sentences. The audit gives no verdict then."""
