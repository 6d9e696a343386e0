"""Train the head first, then the whole network; the backbone's gradients have piled up by then."""

import torch
from sklearn.datasets import load_digits
from torch import nn


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Flatten())
        self.head = nn.Linear(6 * 36, 10)

    def forward(self, x):
        return self.head(self.backbone(x))


torch.manual_seed(0)
digits = load_digits()
images = torch.tensor(digits.images[:160] / 16, dtype=torch.float32).unsqueeze(1)
labels = torch.tensor(digits.target[:160])
network = Network()


def rows():
    return torch.randperm(160).split(40)


head_optimizer = torch.optim.SGD(network.head.parameters(), lr=0.1)
for batch in rows():
    loss = nn.functional.cross_entropy(network(images[batch]), labels[batch])
    loss.backward()
    head_optimizer.step()
    head_optimizer.zero_grad()

optimizer = torch.optim.SGD(network.parameters(), lr=0.01)
for batch in rows():
    loss = nn.functional.cross_entropy(network(images[batch]), labels[batch])
    loss.backward()  # <-- the mistake
    optimizer.step()
    optimizer.zero_grad()

RESULT = network.state_dict()
