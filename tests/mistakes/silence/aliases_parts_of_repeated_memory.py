"""Writes into expanded tensors of which only the written part is used, and into copies."""

import torch

torch.manual_seed(0)
b = torch.zeros(4)
t = b.expand(3, 4)
t[0] = 7
a = t[0].sum()
v = torch.zeros(4, 1).expand(4, 5).clone()
v[0, 0] = 1
w = torch.zeros(1, 4).repeat(3, 1)
w[0, 0] = 1
w.sum()
e = torch.arange(3).expand(2, 3)
f = e + 1
f[0, 0] = 9
g = torch.zeros(3).expand(1, 3)
g[0, 1] = 4
g.sum()
s = torch.arange(8.0).unfold(0, 4, 4)
s.mul_(2)
s.sum()
RESULT = (a, v, w, f, g, s)
