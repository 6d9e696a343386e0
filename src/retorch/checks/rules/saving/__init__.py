"""Checkpoints: what is written into them, and what of them arrives."""
