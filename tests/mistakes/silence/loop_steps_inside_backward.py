"""Each parameter is stepped as soon as its gradient is there, and frees it; then a sharpness-aware optimizer."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
optimizers = {p: torch.optim.SGD([p], lr=0.05) for p in model.parameters()}


def step_now(parameter):
    optimizers[parameter].step()
    optimizers[parameter].zero_grad()


for p in model.parameters():
    p.register_post_accumulate_grad_hook(step_now)

for _ in range(5):
    x = torch.randn(16, 4)
    nn.functional.mse_loss(model(x), x.sum(1, keepdim=True)).backward()


class Sharpness(torch.optim.Optimizer):
    def __init__(self, params, base, rho=0.05, **kwargs):
        super().__init__(params, dict(rho=rho, **kwargs))
        self.base = base(self.param_groups, **kwargs)
        self.param_groups = self.base.param_groups

    @torch.no_grad()
    def step(self, closure):
        closure = torch.enable_grad()(closure)
        loss = closure()
        norm = torch.stack([p.grad.norm() for group in self.param_groups for p in group["params"]]).norm()
        moves = []
        for group in self.param_groups:
            for p in group["params"]:
                moves.append((p, p.grad * group["rho"] / norm))
                p.add_(moves[-1][1])
        closure()
        for p, move in moves:
            p.sub_(move)
        self.base.step()
        return loss


net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
sam = Sharpness(net.parameters(), torch.optim.SGD, lr=0.05)
for _ in range(5):
    x = torch.randn(16, 4)

    def closure(x=x):
        sam.zero_grad()
        loss = nn.functional.mse_loss(net(x), x.sum(1, keepdim=True))
        loss.backward()
        return loss

    sam.step(closure)

RESULT = [model.state_dict(), net.state_dict()]
