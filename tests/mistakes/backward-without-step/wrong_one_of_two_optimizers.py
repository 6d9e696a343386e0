"""An encoder and a decoder with an optimizer each."""

import torch
from torch import nn

torch.manual_seed(11)
encoder = nn.GRU(6, 8, batch_first=True)
decoder = nn.Linear(8, 6)
enc_optimizer = torch.optim.SGD(encoder.parameters(), lr=0.1)
dec_optimizer = torch.optim.SGD(decoder.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()

for _ in range(5):
    tokens = torch.randint(0, 6, (8, 7))
    source = nn.functional.one_hot(tokens, 6).float()
    enc_optimizer.zero_grad()
    dec_optimizer.zero_grad()
    states, _ = encoder(source)
    loss = criterion(decoder(states[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
    loss.backward()  # <-- the mistake
    dec_optimizer.step()

RESULT = [encoder.state_dict(), decoder.state_dict()]
