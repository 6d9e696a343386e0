import torch
import torch.nn as nn

torch.manual_seed(0)
latent = 4
G = nn.Sequential(nn.Linear(latent, 32), nn.ReLU(), nn.Linear(32, 2))
D = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
opt_g = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.999))
bce = nn.BCEWithLogitsLoss()
angle = torch.rand(1000) * 6.283
real_data = torch.stack([angle.cos(), angle.sin()], 1)

for step in range(60):
    real = real_data[torch.randint(0, 1000, (64,))]
    z = torch.randn(64, latent)
    fake = G(z)
    # discriminator
    opt_d.zero_grad()
    d_loss = bce(D(real), torch.ones(64, 1)) + bce(D(fake.detach()), torch.zeros(64, 1))
    d_loss.backward()
    opt_d.step()
    # generator
    opt_g.zero_grad()
    g_loss = bce(D(fake), torch.ones(64, 1))
    g_loss.backward()
    opt_g.step()
    if step % 20 == 0:
        print(step, d_loss.item(), g_loss.item())
