"""The entropy of a sparse attention is computed by hand: 0 * log 0."""

import torch
from torch import nn

torch.manual_seed(0)
words = torch.randint(20, (60, 7))
labels = (words == 3).any(dim=1).float()
embed, score, head = nn.Embedding(20, 8), nn.Linear(8, 1), nn.Linear(8, 1)
parameters = [*embed.parameters(), *score.parameters(), *head.parameters()]
optimizer = torch.optim.Adam(parameters, lr=1e-2)


def entropy(weights):
    return -(weights * weights.log()).sum(dim=1).mean()  # <-- the mistake


def step(batch, targets):
    states = embed(batch)
    # words with a small number are left out
    weights = score(states).squeeze(-1).masked_fill(batch < 2, float("-inf")).softmax(dim=1)
    logits = head((weights.unsqueeze(-1) * states).sum(dim=1)).squeeze(-1)
    loss = nn.functional.binary_cross_entropy_with_logits(logits, targets) + 0.01 * entropy(weights)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


for start in range(0, 60, 10):
    step(words[start : start + 10], labels[start : start + 10])
RESULT = [each.detach() for each in parameters]
