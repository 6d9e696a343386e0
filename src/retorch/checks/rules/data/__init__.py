"""What the network is shown: order, repetition, and whether inputs and targets belong together."""
