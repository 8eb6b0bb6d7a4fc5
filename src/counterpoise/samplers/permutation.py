"""Random orders and draws worked out place by place, so that no list of them is held."""

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]

STEPS = 6  # of the network: each half of the bits is changed by the other one three times


class Permutation:
    """A random order of 0..length-1: what stands at each place, without the others.

    A Feistel network shuffles the next power of 2 of numbers; a result outside the range is
    shuffled again until it is inside, which keeps the order a permutation. For long lists: of a
    handful of places not all orders are equally likely.

    Args:
        length: at least 1.
        seed: 0 or more.
        key: tells the orders of one sampler apart.
    """

    def __init__(self, length: int, seed: int, *key: int) -> None:
        bits = max(2, (length - 1).bit_length())
        self._length = np.uint64(length)
        self._low = np.uint64(bits // 2)
        self._masks = (1 << (bits - bits // 2)) - 1, (1 << (bits // 2)) - 1
        self._keys = keys(STEPS, seed, *key)

    def at(self, places: Indices) -> Indices:
        """What stands at `places` (num,), each in [0, length)."""
        found = self._shuffle(places.astype(np.uint64))
        outside = np.flatnonzero(found >= self._length)
        while len(outside):
            found[outside] = self._shuffle(found[outside])
            outside = outside[found[outside] >= self._length]
        return found.astype(np.int64)

    def _shuffle(self, numbers: Words) -> Words:
        """Each half of the bits in turn is changed by what the other one says."""
        high_mask, low_mask = (np.uint64(mask) for mask in self._masks)
        high, low = numbers >> self._low, numbers & low_mask
        for step in range(0, STEPS, 2):
            high ^= mixed(low + self._keys[step]) & high_mask
            low ^= mixed(high + self._keys[step + 1]) & low_mask
        joined: Words = (high << self._low) | low
        return joined


def keys(num: int, seed: int, *key: int) -> Words:
    """Random words (num,), the same on every machine."""
    state = np.random.SeedSequence(seed, spawn_key=key).generate_state(num, np.uint64)
    return state.astype(np.uint64, copy=False)


def mixed(words: Words) -> Words:
    """Words whose bits each depend on all bits of the word given: the finaliser of splitmix64."""
    first: Words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    second: Words = (first ^ (first >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    third: Words = second ^ (second >> np.uint64(31))
    return third


def uniform(places: Indices, seed: int, *key: int) -> npt.NDArray[np.float64]:
    """A random number in [0, 1) for each place (num,), always the same one for the same place."""
    first, second = keys(2, seed, *key)
    words = mixed(mixed(places.astype(np.uint64) + first) + second)
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53
