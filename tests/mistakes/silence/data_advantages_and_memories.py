"""PPO-like: advantages and returns are shuffled with the states; a replay memory."""

import random, torch
from torch import nn

torch.manual_seed(0)
random.seed(0)
actor, critic = nn.Linear(4, 2), nn.Linear(4, 1)
o = torch.optim.Adam([*actor.parameters(), *critic.parameters()], 1e-3)
for it in range(2):
    states = torch.randn(64, 4)
    with torch.no_grad():
        logits = actor(states)
        actions = torch.distributions.Categorical(logits=logits).sample()
        old = torch.log_softmax(logits, 1).gather(1, actions[:, None]).squeeze(1)
        values = critic(states).squeeze(1)
    returns = states.sum(1) + torch.randn(64)
    adv = returns - values
    for ep in range(2):
        idx = torch.randperm(64)
        for k in range(0, 64, 16):
            b = idx[k : k + 16]
            lp = torch.log_softmax(actor(states[b]), 1).gather(1, actions[b][:, None]).squeeze(1)
            ratio = (lp - old[b]).exp()
            pl = -torch.min(ratio * adv[b], ratio.clamp(0.8, 1.2) * adv[b]).mean()
            vl = nn.functional.mse_loss(critic(states[b]).squeeze(1), returns[b])
            o.zero_grad()
            (pl + vl).backward()
            o.step()
memory = [(torch.randn(4), random.randrange(2), random.random()) for _ in range(64)]
q, target = nn.Linear(4, 2), nn.Linear(4, 2)
target.load_state_dict(q.state_dict())
oq = torch.optim.SGD(q.parameters(), 0.1)
for s in range(5):
    random.shuffle(memory)
    b = memory[:16]
    st = torch.stack([e[0] for e in b])
    a = torch.tensor([e[1] for e in b])
    r = torch.tensor([e[2] for e in b])
    with torch.no_grad():
        t = r + 0.9 * target(st).max(1).values
    l = nn.functional.smooth_l1_loss(q(st).gather(1, a[:, None]).squeeze(1), t)
    oq.zero_grad()
    l.backward()
    oq.step()

RESULT = q.state_dict()
