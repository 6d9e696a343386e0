"""What holds for all tests."""

import signal

from hypothesis import settings

# No deadline: a busy machine is no failure. The same examples each time: a failure can be repeated.
settings.register_profile("retorch", deadline=None, derandomize=True)
settings.load_profile("retorch")

# A shell that starts something in the background has Ctrl-C ignored there, and in all that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
