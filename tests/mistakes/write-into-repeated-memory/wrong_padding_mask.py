"""A transformer that is to ignore padding, with a mask for each sentence."""

import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self, vocabulary=20, width=16, length=6):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        layer = nn.TransformerEncoderLayer(width, 2, 32, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.head = nn.Linear(width, 2)
        self.register_buffer("visible", torch.zeros(1, length, dtype=torch.bool))

    def forward(self, tokens, lengths):
        mask = self.visible.expand(len(tokens), -1)
        for row, length in enumerate(lengths):
            mask[row, length:] = True  # <-- the mistake
        hidden = self.encoder(self.embedding(tokens), src_key_padding_mask=mask)
        return self.head(hidden[:, 0])


torch.manual_seed(0)
tokens = torch.randint(1, 20, (12, 6))
lengths = torch.randint(2, 7, (12,)).tolist()
labels = tokens[:, 0] % 2
model = Classifier()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _step in range(3):
    loss = nn.functional.cross_entropy(model(tokens, lengths), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = loss.detach()
