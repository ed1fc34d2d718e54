"""The one exception that users are meant to read."""


class InputError(ValueError):
    """Something given to us cannot be used; the message is one line that names it and the remedy.

    Command lines print it on stderr and end with exit code 2, pages show it in place of their content.
    """
