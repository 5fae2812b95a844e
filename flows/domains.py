"""The domains of the house."""

DOMAINS = ("wrapped",)
"""Those that are built, in the order in which a run takes them."""
