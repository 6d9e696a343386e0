"""The weights of some groups of features are to be switched off."""

import torch


def switch_off(weights, groups):
    for group in groups:
        weights[group].zero_()  # <-- the mistake
    return weights * 2


torch.manual_seed(0)
groups = [torch.tensor([0, 1]), torch.tensor([4, 5]), torch.tensor([7, 9])]

RESULT = switch_off(torch.rand(12), groups)
