"""Which parameters learn: those that an optimizer holds and that a gradient reaches. Who is missing, and why."""
