import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR


def warmup(step):
    return min(1.0, (step + 1) / 20)


def train_step(model, batch, opt, sched):
    x, y = batch
    loss = nn.functional.mse_loss(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    return loss.item()


if __name__ == "__main__":
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 32), nn.GELU(), nn.Linear(32, 1))
    o = torch.optim.AdamW(net.parameters(), lr=3e-3)
    s = LambdaLR(o, warmup)
    X = torch.randn(256, 4)
    Y = (X ** 2).sum(1, keepdim=True)
    for ep in range(4):
        for i in range(0, 256, 32):
            v = train_step(net, (X[i:i + 32], Y[i:i + 32]), o, s)
        print(ep, v)
