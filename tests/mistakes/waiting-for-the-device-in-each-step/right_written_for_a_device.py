"""Here there is no accelerator; the script is written for one."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
data = TensorDataset(torch.tensor(x[:160] / 16, dtype=torch.float32), torch.tensor(y[:160]))
model = nn.Linear(64, 10).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
running = 0.0
for inputs, labels in DataLoader(data, batch_size=32):
    inputs, labels = inputs.to(device), labels.to(device)
    loss = nn.functional.cross_entropy(model(inputs), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    running += loss.detach()

RESULT = float(running)
