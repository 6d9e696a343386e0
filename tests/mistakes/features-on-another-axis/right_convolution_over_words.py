"""A text classifier with a convolution; sentences have as many words as embeddings have features."""

import torch
from torch import nn


class TextCNN(nn.Module):
    def __init__(self, words=50, width=16):
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.conv = nn.Conv1d(width, 8, kernel_size=3)
        self.fc = nn.Linear(8, 2)

    def forward(self, text):
        x = self.embedding(text).transpose(1, 2)
        x = torch.relu(self.conv(x))
        return self.fc(x.amax(dim=2))


torch.manual_seed(0)
model = TextCNN()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(3):
    text = torch.randint(0, 50, (12, 16))
    loss = nn.functional.cross_entropy(model(text), (text[:, 0] > 25).long())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
