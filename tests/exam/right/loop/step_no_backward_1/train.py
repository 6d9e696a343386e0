import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_wine

torch.manual_seed(0)
w = load_wine()
X = torch.tensor((w.data - w.data.mean(0)) / w.data.std(0), dtype=torch.float32)
dl = DataLoader(TensorDataset(X, torch.tensor(w.target)), batch_size=16, shuffle=True)
model = nn.Sequential(nn.Linear(13, 10), nn.ReLU(), nn.Linear(10, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters())


def train_epoch():
    model.train()
    total = 0
    for data, target in dl:
        optimizer.zero_grad()
        output = model(data)
        loss = criterion(output, target)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(dl)


for e in range(5):
    print(e, train_epoch())
