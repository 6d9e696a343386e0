import torch
from torch import nn


class SeqClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(input_size=4, hidden_size=16, batch_first=True)
        self.fc = nn.Linear(16, 2)

    def forward(self, x):
        # x: (batch, time, features)
        out, (h, c) = self.lstm(x)
        return self.fc(out[:, -1, :])


torch.manual_seed(0)
X = torch.randn(320, 15, 4)
y = (X[:, :, 0].mean(1) > 0).long()
ds = torch.utils.data.TensorDataset(X, y)
dl = torch.utils.data.DataLoader(ds, batch_size=32, shuffle=True)
model = SeqClassifier()
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(3):
    for xb, yb in dl:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(xb), yb)
        loss.backward()
        opt.step()
    print(epoch, loss.item())
