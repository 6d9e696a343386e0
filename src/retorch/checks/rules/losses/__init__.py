"""What goes into a loss, and which axis of a tensor means what."""
