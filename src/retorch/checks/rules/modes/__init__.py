"""Train and eval mode, and what depends on it."""
