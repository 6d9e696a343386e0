"""The noise of a GAN is drawn on the CPU and moved."""

import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)).to(device)
critic = nn.Linear(2, 1).to(device)
of_generator, of_critic = torch.optim.Adam(generator.parameters()), torch.optim.Adam(critic.parameters())
criterion = nn.BCEWithLogitsLoss()
for real in torch.randn(64, 2).split(16):
    real = real.to(device)
    noise = torch.randn(16, 4).to(device)  # <-- the mistake
    yes = torch.ones(16, 1, device=device)
    no = torch.zeros_like(yes)
    loss = criterion(critic(real), yes) + criterion(critic(generator(noise).detach()), no)
    of_critic.zero_grad()
    loss.backward()
    of_critic.step()
    loss = criterion(critic(generator(noise)), yes)
    of_generator.zero_grad()
    loss.backward()
    of_generator.step()

RESULT = generator.state_dict()
