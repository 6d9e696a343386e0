import torch
from torch import nn
import torch.nn.functional as F
from torch.func import functional_call
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 1)); opt = torch.optim.Adam(net.parameters(), 1e-3)
for it in range(30):
    total = 0.0
    for task in range(3):
        a, ph = torch.rand(()) * 4 + 1, torch.rand(()) * 3
        xs, xq = torch.rand(10, 1) * 6, torch.rand(10, 1) * 6
        p = dict(net.named_parameters())
        ls = F.mse_loss(functional_call(net, p, (xs,)), a * torch.sin(xs + ph))
        g = torch.autograd.grad(ls, list(p.values()), create_graph=True)
        fast = {k: v - 0.01 * gg for (k, v), gg in zip(p.items(), g)}
        total = total + F.mse_loss(functional_call(net, fast, (xq,)), a * torch.sin(xq + ph))
    loss = total / 3
    opt.zero_grad(); loss.backward(); opt.step()
print(loss.item())
