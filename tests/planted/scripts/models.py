"""Four small models over digits [N, 1, 8, 8] of whole numbers 0 to 16. Each gives logits [N, 10]."""

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - as everybody writes it

try:
    from gently import soften
except ImportError:

    def soften(logits):
        return logits


SCALE = 1.0


def scaled(logits):
    logits = logits * 0.5  # line: scale
    logits = logits * SCALE  # line: constant
    return soften(logits)  # line: library


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(64, 512)
        self.drop = nn.Dropout(0.2)
        self.last = nn.Linear(512, 10)

    def forward(self, images):
        x = images.flatten(1) / 16
        x = self.first(x)  # line: mlp first
        x = F.relu(x)
        x = self.drop(x)  # line: mlp drop
        x = self.last(x)
        return scaled(x)


class CNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 16, 3, padding=1)
        self.norm = nn.BatchNorm2d(16)
        self.second = nn.Conv2d(16, 32, 3, padding=1)
        self.last = nn.Linear(32, 10)

    def forward(self, images):
        x = images / 16
        x = self.first(x)  # line: cnn first
        x = self.norm(x)  # line: cnn norm
        x = self.second(F.relu(x))
        x = F.relu(x).mean((2, 3))
        x = self.last(x)
        return scaled(x)


class LSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.LSTM(8, 64, batch_first=True)
        self.last = nn.Linear(64, 10)

    def forward(self, images):
        rows = images.squeeze(1) / 16
        x, _ = self.first(rows)  # line: lstm first
        x = self.last(x[:, -1])
        return scaled(x)


class Transformer(nn.Module):
    def __init__(self, width=32, heads=4):
        super().__init__()
        self.tokens = nn.Embedding(17, width)
        self.places = nn.Parameter(torch.randn(64, width) * 0.02)
        self.norm = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, dropout=0.1, batch_first=True)
        self.drop = nn.Dropout(0.1)
        self.hidden = nn.Linear(width, 64)
        self.last = nn.Linear(64, 10)

    def forward(self, images):
        x = self.tokens(images.flatten(1)) + self.places
        y = self.norm(x)
        y, _ = self.attention(y, y, y, need_weights=False)  # line: transformer attention
        x = x + self.drop(y)  # line: transformer drop
        x = F.gelu(self.hidden(x)).mean(1)
        x = self.last(x)
        return scaled(x)


MODELS = {"mlp": MLP, "cnn": CNN, "lstm": LSTM, "transformer": Transformer}


def class_sums(logits, labels):
    """Return the sum of the logits of each class [10, 10]."""
    return torch.zeros(10, 10).index_put((labels,), logits.float(), accumulate=True)  # line: sums
