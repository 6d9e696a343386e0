import torch
from torch import nn
from sklearn.datasets import load_iris

x, y = load_iris(return_X_y=True)
x, y = torch.tensor(x).float(), torch.tensor(y)
torch.manual_seed(42)
model = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
loss_fn = nn.CrossEntropyLoss()
for t in range(100):
    y_pred = model(x)
    loss = loss_fn(y_pred, y)
    if t % 20 == 0:
        print(t, loss.item())
    optimizer.zero_grad()
    loss.backward()  # <-- MISTAKE: no step ever uses these gradients
