"""Tell tumours apart, with an accuracy after each epoch."""

import torch
from sklearn.datasets import load_breast_cancer
from torch import nn

torch.manual_seed(0)
features, labels = load_breast_cancer(return_X_y=True)
x = torch.tensor((features - features.mean(0)) / features.std(0), dtype=torch.float32)
y = torch.tensor(labels, dtype=torch.float32)
x_train, y_train, x_test, y_test = x[:400], y[:400], x[400:], y[400:]

model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
accuracies = []
for epoch in range(3):
    model.train()
    logits = model(x_train).squeeze(1)
    loss = criterion(logits, y_train)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

    model.eval()
    with torch.no_grad():
        outputs = model(x_test).squeeze(1)
        predicted = (outputs > 0.5).float()  # <-- the mistake
        accuracies.append((predicted == y_test).float().mean().item())

RESULT = accuracies
