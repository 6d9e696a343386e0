"""Classify wines, with everything written by hand."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_wine

torch.manual_seed(0)
data, target = load_wine(return_X_y=True)
x = torch.tensor((data - data.mean(0)) / data.std(0), dtype=torch.float32)
y = torch.tensor(target)
weight = torch.zeros(13, 3, requires_grad=True)
bias = torch.zeros(3, requires_grad=True)
optimizer = torch.optim.SGD([weight, bias], lr=0.5)


def predict(inputs):
    scores = inputs @ weight + bias
    return scores


for _ in range(5):
    loss = F.cross_entropy(predict(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = weight, bias
