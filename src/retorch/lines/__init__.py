"""The user's code as seen from inside: the line that set something off, and what it calls its tensors."""

from retorch.lines._expressions import look_up, parsed
from retorch.lines._names import Names, locals_of
from retorch.lines._sites import UNKNOWN, Site, is_generated, site_in, site_of, user_frame, user_site

__all__ = [
    "UNKNOWN",
    "Names",
    "Site",
    "is_generated",
    "locals_of",
    "look_up",
    "parsed",
    "site_in",
    "site_of",
    "user_frame",
    "user_site",
]
