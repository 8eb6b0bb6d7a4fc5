"""What all bridges refuse: criteria that are none, and samplers of another data set."""

import numpy as np
import pytest
import torch
from torch.utils.data import ConcatDataset, Dataset, IterableDataset, Subset, TensorDataset

from counterpoise import ClassCounts, Weighted, losses, samplers, weights
from counterpoise.bridges.checks import criterion_of, require_labels_of
from counterpoise.errors import ArgumentError

Y = [0] * 6 + [1] * 2


def over(labels=Y):
    return samplers.RandomOver(labels, seed=0)


def rows(labels=Y) -> TensorDataset:
    return TensorDataset(torch.zeros(len(labels), 2), torch.tensor(labels))


class Hidden(Dataset):
    """Samples whose labels are known only to those who read them."""

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index):
        raise AssertionError(f"sample {index} was read")


class Streamed(IterableDataset):
    def __iter__(self):
        raise AssertionError("it was read")


def test_a_criterion_is_taken_as_it_is_and_a_bare_loss_is_wrapped() -> None:
    criterion = Weighted(losses.CrossEntropy(), weights.Balanced(ClassCounts((6, 2))))
    assert criterion_of(criterion) is criterion
    logits, target = torch.randn(4, 2), torch.tensor([0, 1, 0, 0])
    for bare in (losses.Focal(), losses.LDAM(ClassCounts((6, 2))), losses.UnevenMargin(tau=1.0)):
        torch.testing.assert_close(criterion_of(bare)(logits, target), bare(logits, target))
    assert criterion_of(losses.Focal(reduction="sum")).reduction == "sum"


@pytest.mark.parametrize("given", [torch.nn.CrossEntropyLoss(), torch.nn.functional.cross_entropy])
def test_a_loss_of_torch_is_refused_with_what_to_write(given) -> None:
    with pytest.raises(ArgumentError, match=r"lacks .*\(write Weighted\(losses.CrossEntropy\(\), "):
        criterion_of(given)


@pytest.mark.parametrize("name", samplers.__all__)
def test_the_data_set_that_it_was_made_for(name) -> None:
    options = {
        "EveryClass": {"batch_size": 4},
        "F1Driven": {"batch_size": 4},
        "Progressive": {"rounds": 3},
    }
    sampler = getattr(samplers, name)(Y, seed=0, **options.get(name, {}))
    for dataset in (
        rows(),
        Subset(rows([1, *Y]), range(1, 9)),
        ConcatDataset([rows(Y[:3]), rows(Y[3:])]),
        Hidden(),
        [(torch.zeros(2), label) for label in Y],
    ):
        require_labels_of(sampler, dataset)
    with pytest.raises(
        ArgumentError, match=f"{name} was made for 8 samples, and TensorDataset has 7"
    ):
        require_labels_of(sampler, rows(Y[1:]))
    with pytest.raises(ArgumentError, match=f"{name} was made for other labels than TensorDataset"):
        require_labels_of(sampler, rows(Y[::-1]))


@pytest.mark.parametrize("kind", [np.uint8, np.int64, bool])
def test_labels_are_the_same_whatever_their_type(kind) -> None:
    data = TensorDataset(torch.zeros(8, 2), torch.from_numpy(np.array(Y).astype(kind)))
    require_labels_of(over(), data)
    require_labels_of(over(data), rows())


def test_a_class_more_or_less_is_another_label() -> None:
    for other in ([0] * 6 + [1, 2], [0] * 6 + [1, 300]):
        with pytest.raises(ArgumentError, match="other labels"):
            require_labels_of(over(), rows(other))
        with pytest.raises(ArgumentError, match="other labels"):
            require_labels_of(samplers.Shuffled(other, seed=0), rows())


def test_a_stream_takes_no_indices() -> None:
    with pytest.raises(ArgumentError, match=r"Streamed is a stream.*weight the loss: Weighted\("):
        require_labels_of(over(), Streamed())


def test_a_sampler_of_somebody_who_says_nothing_of_labels() -> None:
    silent = samplers.sampler.StreamSampler(over().stream)
    require_labels_of(silent, rows(Y[1:]))
