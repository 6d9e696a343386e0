"""Weight norm and spectral norm by parametrizations; the weights that a module shows are computed at each access."""

import torch
from sklearn.datasets import load_diabetes
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm, weight_norm
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(0)
features, target = load_diabetes(return_X_y=True)
data = TensorDataset(
    torch.tensor(features, dtype=torch.float32), torch.tensor((target - 152) / 77, dtype=torch.float32).unsqueeze(1)
)
train, valid = random_split(data, [400, 42], generator=torch.Generator().manual_seed(0))
model = nn.Sequential(
    weight_norm(nn.Linear(10, 32)), nn.Tanh(), spectral_norm(nn.Linear(32, 32)), nn.Tanh(), nn.Linear(32, 1)
)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
loss_fn = nn.SmoothL1Loss()
history = []
for epoch in range(3):
    model.train()
    for x, y in DataLoader(train, batch_size=64, shuffle=True):
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        valid_loss = sum(loss_fn(model(x), y).item() * len(x) for x, y in DataLoader(valid, batch_size=21)) / len(valid)
    scheduler.step(valid_loss)
    history.append(valid_loss)

RESULT = [history, model.state_dict()]
