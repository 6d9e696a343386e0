"""A lesson about shapes, in which nothing is trained."""

import torch

a = torch.arange(24).reshape(2, 3, 4)
b = a.view(4, 3, 2)
c = a.reshape(3, 2, 4)
d = torch.arange(12.0).view(3, 4).view(4, 3)

RESULT = a, b, c, d
