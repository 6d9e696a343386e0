"""A language model over padded sentences."""

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

PAD = 0


class LanguageModel(nn.Module):
    def __init__(self, vocabulary=15, width=8):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width, padding_idx=PAD)
        self.gru = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, vocabulary)

    def forward(self, tokens):
        states, _ = self.gru(self.embedding(tokens))
        return self.head(states)


torch.manual_seed(0)
sentences = [torch.arange(1, int(n)) for n in torch.randint(4, 14, (24,))]
loader = DataLoader(sentences, batch_size=6, collate_fn=lambda batch: pad_sequence(batch, batch_first=True))
model = LanguageModel()
criterion = nn.CrossEntropyLoss(ignore_index=PAD)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for tokens in loader:
    logits = model(tokens[:, :-1])
    loss = criterion(logits.reshape(-1, 15), tokens[:, 1:].reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
