import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_wine
from sklearn.preprocessing import scale

data = load_wine()
ds = TensorDataset(torch.tensor(scale(data.data), dtype=torch.float32), torch.tensor(data.target))
torch.manual_seed(0)
loader = DataLoader(ds, batch_size=8, shuffle=True)
model = nn.Sequential(nn.Linear(13, 24), nn.ReLU(), nn.Linear(24, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)

for epoch in range(5):
    total_loss = 0
    for inputs, labels in loader:
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        total_loss += loss  # <-- MISTAKE: keeps every graph of the epoch
    print("epoch", epoch, "loss", float(total_loss) / len(loader))
