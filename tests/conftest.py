"""What holds for all tests."""

from hypothesis import settings

# No deadline: a busy machine is no failure. The same examples each time: a failure can be repeated.
settings.register_profile("retorch", deadline=None, derandomize=True)
settings.load_profile("retorch")
