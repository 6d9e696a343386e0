"""64-bit fingerprints of tensors and batches: equal values give equal ones, and the order of the values counts."""

from retorch.fingerprints._batch import fingerprint_batch, fingerprint_batch_later
from retorch.fingerprints._generators import generators_fingerprint
from retorch.fingerprints._later import Later, fingerprint_later
from retorch.fingerprints._ordered import ordered_sum
from retorch.fingerprints._tensor import algorithm_of, can_fingerprint, fingerprint, fingerprint_bytes

__all__ = [
    "Later",
    "algorithm_of",
    "can_fingerprint",
    "fingerprint",
    "fingerprint_batch",
    "fingerprint_batch_later",
    "fingerprint_bytes",
    "fingerprint_later",
    "generators_fingerprint",
    "ordered_sum",
]
