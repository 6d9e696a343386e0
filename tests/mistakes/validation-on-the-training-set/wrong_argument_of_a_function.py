"""The same loader is handed to both functions."""

import torch
from torch import nn
from torch.utils.data import TensorDataset, DataLoader, random_split


def train(model, loader, opt):
    model.train()
    for a, b in loader:
        l = nn.functional.cross_entropy(model(a), b)
        opt.zero_grad()
        l.backward()
        opt.step()


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    return sum((model(a).argmax(1) == b).sum().item() for a, b in loader) / len(loader.dataset)


def main():
    torch.manual_seed(0)
    x = torch.randn(200, 6)
    y = (x.sum(1) > 0).long()
    tr, va = random_split(TensorDataset(x, y), [160, 40])
    train_loader, val_loader = DataLoader(tr, 20, shuffle=True), DataLoader(va, 20)
    model = nn.Linear(6, 2)
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    for e in range(2):
        train(model, train_loader, opt)
        acc = evaluate(model, train_loader)  # <-- the mistake
    return [acc, model.state_dict()]


RESULT = main()
