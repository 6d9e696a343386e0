"""Masked-token training of a small transformer: some tokens are replaced by the mask token."""

import torch
from torch import nn

VOCABULARY, MASK, LENGTH = 20, 0, 10


class Encoder(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, width)
        self.position = nn.Parameter(torch.randn(LENGTH, width) * 0.02)
        layer = nn.TransformerEncoderLayer(width, 2, 32, dropout=0.0, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 1)
        self.head = nn.Linear(width, VOCABULARY)

    def forward(self, tokens):
        return self.head(self.layers(self.embedding(tokens) + self.position))


def hide(tokens, share=0.3):
    hidden = torch.rand(tokens.shape) < share
    inputs, targets = tokens.clone(), tokens.clone()
    targets[~hidden] = -100
    rows, columns = hidden.nonzero(as_tuple=True)
    inputs[rows][:, columns] = MASK  # <-- the mistake
    return inputs, targets


def main():
    torch.manual_seed(1)
    model = Encoder()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    starts = torch.randint(1, VOCABULARY, (16, 1))
    tokens = (starts + torch.arange(LENGTH)) % (VOCABULARY - 1) + 1
    for _step in range(4):
        inputs, targets = hide(tokens)
        loss = nn.functional.cross_entropy(model(inputs).transpose(1, 2), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.detach()


RESULT = main()
