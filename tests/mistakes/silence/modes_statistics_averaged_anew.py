"""After training, batch norm averages once more over the training data; then the model is tested."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.optim.swa_utils import AveragedModel, update_bn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x, y = torch.tensor(images[:256] / 16, dtype=torch.float32), torch.tensor(labels[:256])
loader = DataLoader(TensorDataset(x[:192], y[:192]), batch_size=48)
model = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32, momentum=0.05), nn.ReLU(), nn.Linear(32, 10))
averaged = AveragedModel(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)

model.train()
for inputs, targets in loader:
    optimizer.zero_grad()
    F.cross_entropy(model(inputs), targets).backward()
    optimizer.step()
    averaged.update_parameters(model)

update_bn(loader, averaged)
with torch.no_grad():
    for inputs, _ in loader:
        model(inputs)

accuracies = []
for tested in (model, averaged):
    tested.eval()
    with torch.no_grad():
        accuracies.append((tested(x[192:]).argmax(1) == y[192:]).float().mean().item())

RESULT = accuracies
