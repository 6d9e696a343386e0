"""Objects that refer to each other keep a few graphs until Python collects them."""

import torch
from torch import nn


class Node:
    def __init__(self, value, parent=None):
        self.value, self.parent, self.children = value, parent, []
        if parent is not None:
            parent.children.append(self)


torch.manual_seed(0)
model = nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for step in range(30):
    root = Node(model(torch.randn(3, 4)))
    leaf = Node(root.value.pow(2).mean(), root)
    optimizer.zero_grad()
    leaf.value.backward()
    optimizer.step()

RESULT = model.state_dict()
