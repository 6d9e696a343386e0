"""Tensors that share memory where a copy was meant, and writes that reach too far or not far enough."""
