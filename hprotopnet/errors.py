"""The one exception that users are meant to read."""


class InputError(ValueError):
    """Something given to us cannot be used; the message is one line that names it and the remedy.

    Command lines print it on stderr and end with exit code 2, pages show it in place of their content.

    Args:
        message: the line. Where pages can meet it, its remedy is one that they have too.
        command: the same remedy as an option or a command, which command lines print behind it.
    """

    def __init__(self, message: str, command: str = "") -> None:
        super().__init__(message)
        self.command = command
