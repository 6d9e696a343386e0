"""The order of a training step: clear, backward, clip, step, schedule; and mixed precision round it."""
