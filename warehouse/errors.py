"""Errors that a user can mend."""


class TallyhouseError(Exception):
    """Something that the user can mend; the message names the variable, file or command for it.

    The command line prints the message without a traceback and exits with status 1.
    """
