import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset


def get_loaders(bs=64):
    X, y = load_digits(return_X_y=True)
    a, b, c, d = train_test_split(X / 16, y, random_state=0)
    mk = lambda x, t, s: DataLoader(TensorDataset(torch.tensor(x).float(), torch.tensor(t)), bs, shuffle=s)
    return mk(a, c, True), mk(b, d, False)


def evaluate(model, loader):
    correct = 0
    with torch.no_grad():
        for x, y in loader:
            correct += (model(x).argmax(-1) == y).sum().item()  # <-- MISTAKE: dropout and batch norm are in train mode
    return correct / len(loader.dataset)


def main():
    torch.manual_seed(0)
    tr, va = get_loaders()
    model = nn.Sequential(nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 10))
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(3):
        model.train()
        for x, y in tr:
            opt.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            opt.step()
        print(epoch, evaluate(model, va))


main()
