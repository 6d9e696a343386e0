import argparse
import torch
from torch import nn


class TwoTower(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.user = nn.Embedding(50, d)
        self.item = nn.Embedding(80, d)
        self.mlp = nn.Sequential(nn.Linear(2 * d, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, u, i):
        e = torch.cat([self.user(u), self.item(i)], dim=1)
        return self.mlp(e).squeeze(1)


def run(args):
    torch.manual_seed(0)
    u = torch.randint(0, 50, (1500,))
    i = torch.randint(0, 80, (1500,))
    r = torch.cos(u.float()) + torch.sin(i.float())
    model = TwoTower(args.dim)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    for epoch in range(args.epochs):
        perm = torch.randperm(1500)
        for s in range(0, 1500, 100):
            k = perm[s:s + 100]
            loss = nn.functional.mse_loss(model(u[k], i[k]), r[k])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--dim", type=int, default=8)
    ap.add_argument("--lr", type=float, default=1e-2)
    ap.add_argument("--epochs", type=int, default=3)
    run(ap.parse_args())
