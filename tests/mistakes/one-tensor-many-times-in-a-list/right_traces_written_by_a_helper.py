"""Traces that decay, one a neuron, written by a helper."""

import torch


def update(trace, spikes):
    trace.mul_(0.9).add_(spikes)


def run(neurons=3):
    traces = [torch.zeros(4) for _ in range(neurons)]
    for _time in range(5):
        for trace in traces:
            update(trace, (torch.rand(4) > 0.5).float())
    return torch.stack(traces)


torch.manual_seed(0)
RESULT = run()
