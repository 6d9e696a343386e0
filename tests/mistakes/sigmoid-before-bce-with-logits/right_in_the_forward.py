"""Tell malignant from benign tumours."""

import torch
from sklearn.datasets import load_breast_cancer
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
features, labels = load_breast_cancer(return_X_y=True)
features = (features - features.mean(0)) / features.std(0)
x = torch.tensor(features, dtype=torch.float32)
y = torch.tensor(labels, dtype=torch.float32)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer_1 = nn.Linear(30, 16)
        self.layer_2 = nn.Linear(16, 1)
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout(p=0.1)

    def forward(self, inputs):
        hidden = self.dropout(self.relu(self.layer_1(inputs)))
        return self.layer_2(hidden)


model = Classifier()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
loader = DataLoader(TensorDataset(x[:400], y[:400]), batch_size=100, shuffle=True)

model.train()
for _ in range(2):
    for batch_x, batch_y in loader:
        optimizer.zero_grad()
        out = model(batch_x)
        loss = criterion(out.squeeze(1), batch_y)
        loss.backward()
        optimizer.step()

RESULT = model.state_dict()
