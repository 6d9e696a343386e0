"""Softmax and sigmoid where they belong, next to losses that apply their own."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.distributions import Bernoulli, Categorical

torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x, y = torch.tensor(images[:200] / 16, dtype=torch.float32), torch.tensor(labels[:200])
even = (y % 2 == 0).float()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.rows = nn.Parameter(torch.randn(8)), nn.Linear(8, 8)
        self.gate, self.head, self.binary = nn.Linear(8, 8), nn.Linear(8, 10), nn.Linear(8, 1)

    def forward(self, inputs):
        rows = torch.tanh(self.rows(inputs.view(-1, 8, 8)))
        weights = F.softmax(rows @ self.query, dim=1)
        pooled = (weights.unsqueeze(-1) * rows).sum(dim=1)
        pooled = pooled * torch.sigmoid(self.gate(pooled))
        return self.head(pooled), self.binary(pooled).squeeze(1)


def focal_loss(scores, targets):
    p = torch.sigmoid(scores)
    bce = F.binary_cross_entropy_with_logits(scores, targets, reduction="none")
    return (bce * ((1 - p) * targets + p * (1 - targets)) ** 2).mean()


def smoothed(scores, targets, smoothing=0.1):
    log_probabilities = scores.log_softmax(dim=-1)
    nll = F.nll_loss(log_probabilities, targets)
    return (1 - smoothing) * nll - smoothing * log_probabilities.mean()


def margin(scores, targets):
    """`nll_loss` picks the score of the target."""
    own = -F.nll_loss(scores, targets, reduction="none")
    return (1 + scores.logsumexp(1) - own).clamp(min=0).mean()


net, teacher = Net(), nn.Linear(64, 10)
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(3):
    scores, binary = net(x)
    with torch.no_grad():
        expected = F.softmax(teacher(x) / 2, dim=1)
    probabilities = scores.softmax(dim=1)
    sampled = Categorical(probs=probabilities).sample()
    loss = F.cross_entropy(scores, y) + F.cross_entropy(scores, expected) + smoothed(scores, y) + margin(scores, y)
    loss = loss + F.nll_loss(torch.log(probabilities + 1e-9), y)
    loss = loss + F.kl_div(F.log_softmax(scores / 2, dim=1), expected, reduction="batchmean")
    loss = loss + focal_loss(binary, even) + F.binary_cross_entropy(torch.sigmoid(binary), even)
    loss = loss - 0.1 * Bernoulli(logits=binary).log_prob(even).mean()
    loss = loss + 0.01 * (probabilities * probabilities.log()).sum(1).mean()
    loss = loss + 0.1 * F.cross_entropy(10 * probabilities, sampled)
    weight = F.softmax(-F.cross_entropy(scores, y, reduction="none").detach(), dim=0)
    loss = loss + (weight * (binary - even) ** 2).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = net.state_dict(), sampled
