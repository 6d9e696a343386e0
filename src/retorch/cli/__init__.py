"""The command line, one file a command. `retorch --help` imports no torch.

Answers go to stdout, everything else to stderr. Exit codes: 0 clean, 1 differences or damage or an exception of the
user's own code, 2 wrong use, 3 our own bug, 130 and 143 after Ctrl-C and SIGTERM. `_exits` is where they are decided.
"""

from retorch.cli._app import main

__all__ = ["main"]
