"""A small language model that returns a record with the loss, as large libraries have it."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class Output:
    loss: torch.Tensor
    logits: torch.Tensor


class LanguageModel(nn.Module):
    def __init__(self, tokens=17, width=16):
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        self.rnn = nn.GRU(width, width, batch_first=True, num_layers=2, dropout=0.2)
        self.head = nn.Linear(width, tokens)

    def forward(self, inputs, labels=None):
        logits = self.head(self.rnn(self.embedding(inputs))[0])
        loss = None if labels is None else F.cross_entropy(logits.flatten(0, 1), labels.flatten())
        return Output(loss, logits)


def get_batch(data):
    starts = torch.randint(0, len(data) - 9, (8,))
    return torch.stack([data[i : i + 8] for i in starts]), torch.stack([data[i + 1 : i + 9] for i in starts])


@torch.no_grad()
def estimate_loss(model, data, batches=3):
    losses = []
    model.eval()
    for _ in range(batches):
        inputs, labels = get_batch(data)
        losses.append(model(inputs, labels=labels).loss.item())
    model.train()
    return sum(losses) / batches


torch.manual_seed(0)
text = torch.randint(0, 17, (400,))
model = LanguageModel()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
history = []
for step in range(9):
    if step % 4 == 3:
        history.append(estimate_loss(model, text[300:]))
    inputs, labels = get_batch(text[:300])
    optimizer.zero_grad(set_to_none=True)
    model(inputs, labels=labels).loss.backward()
    optimizer.step()

RESULT = history
