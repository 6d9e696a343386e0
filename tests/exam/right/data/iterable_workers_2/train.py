import torch
from torch import nn
import torch.nn.functional as F
import os, tempfile, json
from torch.utils.data import DataLoader, IterableDataset, get_worker_info
path = os.path.join(tempfile.gettempdir(), "exam_stream.jsonl")
class Lines(IterableDataset):
    def __init__(self, path): self.path = path
    def __iter__(self):
        with open(self.path) as f:
            w = get_worker_info()
            for k, line in enumerate(f):
                if k % w.num_workers != w.id: continue
                r = json.loads(line)
                yield torch.tensor(r["x"]), r["y"]
if __name__ == "__main__":
    torch.manual_seed(0)
    with open(path, "w") as f:
        for _ in range(160):
            x = torch.randn(4).tolist(); f.write(json.dumps({"x": x, "y": int(sum(x) > 0)}) + "\n")
    net = nn.Linear(4, 2); opt = torch.optim.SGD(net.parameters(), 0.1)
    dl = DataLoader(Lines(path), batch_size=16, num_workers=2)
    for ep in range(2):
        for x, t in dl:
            loss = F.cross_entropy(net(x), t)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(ep, loss.item())
