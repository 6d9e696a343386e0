"""A transformer encoder over token sequences of unequal lengths."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pad_sequence


class Encoder(nn.Module):
    def __init__(self, words=20, size=16):
        super().__init__()
        self.embed = nn.Embedding(words, size)
        self.places = nn.Parameter(torch.randn(1, 12, size) * 0.02)
        layer = nn.TransformerEncoderLayer(size, 2, 32, 0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.out = nn.Linear(size, 2)

    def forward(self, tokens):
        padding = tokens == 0
        x = self.embed(tokens) + self.places[:, : tokens.shape[1]]
        x = self.encoder(x, src_key_padding_mask=padding)
        x = x.masked_fill(padding[..., None], 0.0)
        return self.out(x.sum(1) / (~padding).sum(1, keepdim=True))


torch.manual_seed(0)
sequences = [torch.randint(1, 20, (length,)) for length in torch.randint(3, 12, (32,)).tolist()]
labels = torch.tensor([int(7 in each) for each in sequences])
model = Encoder()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for batch in torch.randperm(32).split(8):
    tokens = pad_sequence([sequences[i] for i in batch.tolist()], batch_first=True)
    loss = F.cross_entropy(model(tokens), labels[batch])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
