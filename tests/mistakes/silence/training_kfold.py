"""Cross validation: model and optimizer are built anew for each fold, so every sample is in training and in a test."""

import torch
from sklearn.datasets import load_iris
from sklearn.model_selection import StratifiedKFold
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset

torch.manual_seed(7)
X, y = load_iris(return_X_y=True)
dataset = TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(y))


def make_model():
    return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 3))


criterion = nn.CrossEntropyLoss()
scores = []
for fold, (train_ids, test_ids) in enumerate(StratifiedKFold(4, shuffle=True, random_state=7).split(X, y)):
    train_loader = DataLoader(Subset(dataset, train_ids.tolist()), batch_size=28, shuffle=True)
    test_loader = DataLoader(Subset(dataset, test_ids.tolist()), batch_size=38)
    model = make_model()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for epoch in range(2):
        model.train()
        for xb, yb in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
    model.eval()
    correct = 0
    with torch.no_grad():
        for xb, yb in test_loader:
            correct += (model(xb).argmax(dim=1) == yb).sum().item()
    scores.append(correct / len(test_ids))

RESULT = scores
