import torch
from torch import nn
from sklearn.datasets import load_digits


class AE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 8))
        self.decoder = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 64), nn.Sigmoid())

    def forward(self, x):
        return self.decoder(self.encoder(x))


torch.manual_seed(0)
X = torch.tensor(load_digits().data / 16, dtype=torch.float32)
ae = AE()
optimizer = torch.optim.Adam(ae.parameters(), lr=1e-3)
for epoch in range(4):
    epoch_loss = 0.0
    for (batch,) in torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X), batch_size=64, shuffle=True):
        recon = ae(batch)
        loss = nn.functional.mse_loss(recon, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()
    print(epoch, epoch_loss)
