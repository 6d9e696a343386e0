import argparse
import torch
from torch import nn
from sklearn.datasets import load_diabetes


class EarlyStopping:
    def __init__(self, patience=5):
        self.patience, self.count, self.best, self.state = patience, 0, float("inf"), None

    def __call__(self, value, model):
        if value < self.best:
            self.best = value
            self.count = 0
            self.state = {k: v.cpu() for k, v in model.state_dict().items()}  # <-- MISTAKE: cpu() of a CPU tensor is the tensor
        else:
            self.count += 1
        return self.count >= self.patience


def get_data():
    d = load_diabetes()
    x = torch.tensor(d.data, dtype=torch.float32) * 20
    y = torch.tensor(d.target, dtype=torch.float32).unsqueeze(1) / 100
    return x[:350], y[:350], x[350:], y[350:]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--epochs", type=int, default=30)
    p.add_argument("--lr", type=float, default=5e-3)
    args = p.parse_args()
    torch.manual_seed(3)
    xt, yt, xv, yv = get_data()
    net = nn.Sequential(nn.Linear(10, 48), nn.Tanh(), nn.Linear(48, 1))
    optimizer = torch.optim.AdamW(net.parameters(), lr=args.lr)
    stopper = EarlyStopping(4)
    for epoch in range(args.epochs):
        net.train()
        order = torch.randperm(len(xt))
        for i in range(0, len(xt), 50):
            idx = order[i:i + 50]
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(net(xt[idx]), yt[idx])
            loss.backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            val = nn.functional.mse_loss(net(xv), yv).item()
        if stopper(val, net):
            break
    net.load_state_dict(stopper.state)
    print("best", stopper.best)


if __name__ == "__main__":
    main()
