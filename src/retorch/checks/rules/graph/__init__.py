"""The graph behind the loss: where it is cut, and what keeps it alive for too long."""
