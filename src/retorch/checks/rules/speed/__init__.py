"""What costs time or memory in each step and gives nothing for it."""
