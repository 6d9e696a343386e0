"""Padding that does no harm: at the front, packed, of equal lengths, causal, told to the attention, at each step."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_sequence, pad_packed_sequence, pad_sequence

torch.manual_seed(0)
size = 8
embed, out = nn.Embedding(12, size, padding_idx=0), nn.Linear(size, 12)
gru, both = nn.GRU(size, size, batch_first=True), nn.LSTM(size, size // 2, bidirectional=True)
layer = nn.TransformerEncoderLayer(size, 2, 16, 0.0, batch_first=True)
modules = nn.ModuleList([embed, out, gru, both, layer])
optimizer = torch.optim.Adam(modules.parameters(), lr=1e-2)
for step in range(4):
    lengths = torch.randint(2, 8, (6,)).tolist()
    sequences = [torch.randint(1, 12, (length,)) for length in lengths]
    target = torch.tensor([int(each[-1]) for each in sequences])
    # At the front.
    front = torch.stack([F.pad(each, (8 - len(each), 0)) for each in sequences])
    loss = F.cross_entropy(out(gru(embed(front))[0][:, -1]), target)
    # Equal lengths.
    equal = pad_sequence([each[:2] for each in sequences], batch_first=True)
    loss = loss + F.cross_entropy(out(gru(embed(equal))[0][:, -1]), target)
    # Packed, and unpacked again.
    packed = pack_sequence([embed(each) for each in sequences], enforce_sorted=False)
    _, (last, _) = both(packed)
    loss = loss + F.cross_entropy(out(torch.cat([last[-2], last[-1]], dim=1)), target)
    states, ends = pad_packed_sequence(gru(packed)[0], batch_first=True)
    loss = loss + F.cross_entropy(out(states[torch.arange(6), ends - 1]), target)
    # Each step tells the next one, and padding is left out of the loss.
    tokens = pad_sequence(sequences, batch_first=True)
    given, wanted = tokens[:, :-1], tokens[:, 1:]
    told = out(gru(embed(given))[0])
    loss = loss + F.cross_entropy(told.transpose(1, 2), wanted, ignore_index=0)
    causal = nn.Transformer.generate_square_subsequent_mask(given.shape[1])
    told = out(layer(embed(given), src_mask=causal, is_causal=True))
    loss = loss + F.cross_entropy(told.transpose(1, 2), wanted, ignore_index=0)
    seen = layer(embed(tokens), src_key_padding_mask=tokens == 0)
    loss = loss + F.cross_entropy(out(seen[:, 0]), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = modules.state_dict()
