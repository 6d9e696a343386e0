"""Handwritten digits, moved about a little by chance."""

import gzip
from importlib.metadata import distribution

import numpy as np
import torch
from torch.utils.data import Dataset, Sampler

BATCH = 32
SAMPLE = 123  # the one whose label is changed, and that is moved about otherwise


class Digits(Dataset):
    """Images [1, 8, 8] with values 0 to 16, and their classes."""

    def __init__(self, first, end, *, moved=False, relabelled=False, redrawn=False):
        path = distribution("scikit-learn").locate_file("sklearn/datasets/data/digits.csv.gz")
        with gzip.open(path) as file:
            rows = np.loadtxt(file, delimiter=",", skiprows=first, max_rows=end - first, dtype=np.int64)
        self.images = torch.from_numpy(rows[:, :64]).reshape(-1, 1, 8, 8)
        self.labels = torch.from_numpy(rows[:, 64])
        self.moved = moved
        self.redrawn = redrawn
        self.served = []
        if relabelled:
            self.labels[SAMPLE] = (self.labels[SAMPLE] + 1) % 10  # plant: label

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        self.served.append(index)
        image, label = self.images[index], self.labels[index]  # line: read
        if self.moved:
            if self.redrawn and index == SAMPLE:
                torch.randint(-1, 2, (2,))  # plant: augmentation
            down, right = torch.randint(-1, 2, (2,)).tolist()  # line: draw
            image = image.roll((down, right), (1, 2))  # line: move
        return image, label

    def step_of(self, index):
        """Return in which step a sample came first."""
        return self.served.index(index) // BATCH


class Shuffled(Sampler):
    """A new order each epoch; two samples change places in it where `swapped` is a step."""

    def __init__(self, data, swapped=None):
        self.data = data
        self.swapped = swapped

    def __len__(self):
        return len(self.data)

    def __iter__(self):
        order = torch.randperm(len(self.data)).tolist()
        if self.swapped is not None:
            at = self.swapped * BATCH
            order[at], order[at + 1] = order[at + 1], order[at]  # plant: swapped
        return iter(order)
