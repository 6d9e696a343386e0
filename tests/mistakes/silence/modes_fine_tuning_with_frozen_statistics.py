"""A backbone in eval mode on purpose, once trained with its head, once only the head on top of it."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_wine
from torch import nn

torch.manual_seed(0)
data, target = load_wine(return_X_y=True)
x = torch.tensor((data - data.mean(0)) / data.std(0), dtype=torch.float32)
y = torch.tensor(target)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(13, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.1))
        self.fc = nn.Linear(16, 3)

    def forward(self, inputs):
        return self.fc(self.backbone(inputs))

    def train(self, mode=True):
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm1d):
                module.eval()
        return self


def fit(call, parameters, switch, steps=3):
    optimizer = torch.optim.SGD(parameters, lr=0.1)
    for _ in range(steps):
        switch()
        loss = F.cross_entropy(call(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


# Batch norm stays in eval mode, all the rest is trained.
tuned = Net()
losses = [fit(tuned, tuned.parameters(), tuned.train)]

# A linear probe: the whole network in eval mode, and only the last layer learns.
probed = Net()
for name, parameter in probed.named_parameters():
    parameter.requires_grad = name.startswith("fc")
losses.append(fit(probed, [p for p in probed.parameters() if p.requires_grad], probed.eval))

# Two modules, of which one is in eval mode from the start.
backbone, head = Net().backbone, nn.Linear(16, 3)
backbone.eval()
losses.append(fit(lambda inputs: head(backbone(inputs)), [*backbone.parameters(), *head.parameters()], head.train))

RESULT = losses
