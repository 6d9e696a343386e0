import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def make_blobs(n=600):
    g = torch.Generator().manual_seed(0)
    centers = torch.tensor([[0., 3.], [3., 0.], [-3., -3.]])
    y = torch.randint(0, 3, (n,), generator=g)
    return centers[y] + torch.randn(n, 2, generator=g), y


def fit_one_epoch(model, loader, criterion, optimizer):
    model.train()
    running = 0.0
    for x, y in loader:
        out = model(x)
        loss = criterion(out, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += loss.item()
    return running / len(loader)


if __name__ == "__main__":
    torch.manual_seed(0)
    loader = DataLoader(TensorDataset(*make_blobs()), 50, shuffle=True)
    net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 3))
    opt = torch.optim.SGD(net.parameters(), lr=0.01)
    for _ in range(4):
        print(fit_one_epoch(net, loader, nn.CrossEntropyLoss(), opt))
