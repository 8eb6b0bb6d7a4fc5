"""Weighted: what is multiplied, by what it is divided, and what it refuses."""

import pytest
import torch
import torch.nn.functional as F

from counterpoise.batch import Batch, Mixed
from counterpoise.counts import ClassCounts
from counterpoise.criterion import Weighted
from counterpoise.errors import ArgumentError
from counterpoise.losses import CrossEntropy
from counterpoise.weights import Balanced

Z = torch.tensor([[2, 1, 0], [0.5, 1.5, -0.5], [0, 0.2, 1.2], [1, 1, 1]], dtype=torch.float64)
TARGET = torch.tensor([0, 1, 2, 1])
COUNTS = ClassCounts((800, 400, 1000))


def weighted(**kwargs) -> Weighted:
    return Weighted(CrossEntropy(), Balanced(COUNTS), **kwargs)


def test_worked_numbers_of_both_divisors() -> None:
    assert float(weighted()(Z, TARGET)) == pytest.approx(0.87767567, abs=1e-7)
    by_weights = weighted(normalize="weights")
    assert float(by_weights(Z, TARGET)) == pytest.approx(0.66032026, abs=1e-7)


def test_torch_divides_by_the_weights_of_the_batch() -> None:
    """The difference that our default makes, and the option that undoes it."""
    weight = Balanced(COUNTS).class_weights.double()
    theirs = F.cross_entropy(Z, TARGET, weight=weight)
    torch.testing.assert_close(weighted(normalize="weights")(Z, TARGET), theirs)
    ours = weighted()(Z, TARGET)
    torch.testing.assert_close(ours, theirs * weight[TARGET].sum() / 4)
    assert abs(float(ours - theirs)) > 0.2


def test_torch_with_ignore_index() -> None:
    weight = Balanced(COUNTS).class_weights.double()
    marked = torch.tensor([0, -100, 2, 1])
    theirs = F.cross_entropy(Z, marked, weight=weight)
    ours = weighted(normalize="weights", ignore_index=-100)(Z, marked)
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("kind", [torch.int32, torch.uint8, torch.int64])
def test_labels_of_any_integer_type_may_be_ignored_by_one_of_their_values(kind) -> None:
    """Files of masks use 255, which is -1 in int8 alone."""
    criterion = weighted(ignore_index=255)
    marked = torch.tensor([0, 255, 2, 1]).to(kind)
    kept = [0, 2, 3]
    torch.testing.assert_close(criterion(Z, marked), weighted()(Z[kept], TARGET[kept]))
    mixed = Mixed(Z, marked, marked.flip(0), torch.full((4,), 0.5))
    wide = Mixed(Z, marked.long(), marked.long().flip(0), torch.full((4,), 0.5))
    assert torch.equal(criterion(Z, mixed), criterion(Z, wide))


def test_reductions() -> None:
    each = weighted(reduction="none")(Z, TARGET)
    expected = Balanced(COUNTS).class_weights[TARGET] * CrossEntropy().per_sample(Z, TARGET)
    torch.testing.assert_close(each, expected)
    torch.testing.assert_close(weighted(reduction="sum")(Z, TARGET), expected.sum())
    torch.testing.assert_close(weighted()(Z, TARGET), expected.mean())


def test_balanced_counts_are_plain_cross_entropy() -> None:
    criterion = Weighted(CrossEntropy(), Balanced(ClassCounts((9, 9, 9))))
    torch.testing.assert_close(criterion(Z, TARGET), F.cross_entropy(Z, TARGET))


def test_sample_weights_multiply_and_do_not_divide() -> None:
    weight = torch.tensor([1.0, 0.0, 2.0, 0.5])
    each = CrossEntropy().per_sample(Z, TARGET)
    expected = float((weight * each).sum() / 4)
    criterion = Weighted(CrossEntropy())
    assert float(criterion(Z, TARGET, weight=weight)) == pytest.approx(expected)
    assert float(criterion(Z, Batch(Z, TARGET, weight=weight))) == pytest.approx(expected)
    by_weights = Weighted(CrossEntropy(), normalize="weights")
    assert float(by_weights(Z, TARGET, weight=weight)) == pytest.approx(expected * 4 / 3.5)


def test_mixed_with_everything_as_a_slow_loop() -> None:
    other = torch.tensor([1, -100, 0, 0])
    share = torch.tensor([0.3, 0.6, 1.0, 0.25])
    weight = torch.tensor([1.0, 3.0, 2.0, 0.5])
    classes = Balanced(COUNTS).class_weights
    total, divisor, weights = 0.0, 0.0, 0.0
    for i in range(4):
        for label, part in ((TARGET[i], share[i]), (other[i], 1 - share[i])):
            if label == -100:
                continue
            cost = F.cross_entropy(Z[i : i + 1], label[None])
            total += float(part * classes[label] * weight[i] * cost)
            divisor += float(part)
            weights += float(part * classes[label] * weight[i])
    batch = Mixed(Z, TARGET, other, share, weight=weight)
    by_samples = weighted(ignore_index=-100)
    by_weights = weighted(ignore_index=-100, normalize="weights")
    assert float(by_samples(Z, batch)) == pytest.approx(total / divisor, abs=1e-6)
    assert float(by_weights(Z, batch)) == pytest.approx(total / weights, abs=1e-6)
    each = weighted(ignore_index=-100, reduction="none")(Z, batch)
    assert each.shape == (4,)
    assert float(each.sum()) == pytest.approx(total, abs=1e-6)


class Sampled:
    """A weight that somebody else wrote, by sample, without our base classes."""

    num_classes = None
    needs_nonnegative = False

    def __init__(self) -> None:
        self.epochs: list[int] = []
        self.asked: list[torch.Tensor | None] = []

    def weights(self, target, per_sample, index=None, share=None):
        self.asked.append(index)
        return index.float()

    def set_epoch(self, epoch: int) -> None:
        self.epochs.append(epoch)

    def per_class(self):
        return None


def test_a_foreign_weight_sees_index_and_epoch() -> None:
    foreign = Sampled()
    criterion = Weighted(CrossEntropy(), foreign)
    criterion.set_epoch(7)
    index = torch.tensor([3, 0, 1, 2])
    each = CrossEntropy().per_sample(Z, TARGET)
    expected = (index * each).sum() / 4
    torch.testing.assert_close(criterion(Z, TARGET, index=index), expected)
    mixed = Mixed(Z, TARGET, TARGET, torch.full((4,), 0.5), index=index)
    torch.testing.assert_close(criterion(Z, mixed), expected)
    assert foreign.epochs == [7]
    assert [len(asked) for asked in foreign.asked] == [4, 8]


def test_index_and_weight_are_given_once() -> None:
    with pytest.raises(ArgumentError, match="given once"):
        Weighted(CrossEntropy())(Z, Batch(Z, TARGET), weight=torch.ones(4))


def test_dense_targets_without_weights_alone() -> None:
    dense = F.one_hot(TARGET, 3).double()
    plain = Weighted(CrossEntropy())
    torch.testing.assert_close(plain(Z, dense), F.cross_entropy(Z, TARGET))
    with pytest.raises(ArgumentError, match="no class to weight"):
        weighted()(Z, dense)
    with pytest.raises(ArgumentError, match="ignore_index"):
        Weighted(CrossEntropy(), ignore_index=0)(Z, dense)


def test_an_empty_batch() -> None:
    empty = torch.zeros(0, 3, requires_grad=True)
    none = torch.zeros(0, dtype=torch.int64)
    total = weighted(reduction="sum")(empty, none)
    total.backward()
    assert total.detach() == 0.0
    assert weighted(reduction="none")(empty, none).shape == (0,)
    for normalize in ("samples", "weights"):
        with pytest.raises(ArgumentError, match="empty batch"):
            weighted(normalize=normalize)(empty, none)


def test_weights_that_divide_by_losses_refuse_losses_that_may_be_negative() -> None:
    class Dividing(Balanced):
        needs_nonnegative = True

    class Negative(CrossEntropy):
        nonnegative = False

    Weighted(CrossEntropy(), Dividing(COUNTS))
    with pytest.raises(ArgumentError, match="may not be negative"):
        Weighted(Negative(), Dividing(COUNTS))


def test_pieces_of_another_kind_are_refused_with_what_they_lack() -> None:
    with pytest.raises(ArgumentError, match=r"CrossEntropyLoss lacks scores, .*CrossEntropy\(\)"):
        Weighted(torch.nn.CrossEntropyLoss())
    with pytest.raises(ArgumentError, match=r"Tensor lacks num_classes, .*Balanced\(counts\)"):
        Weighted(CrossEntropy(), torch.ones(3))


@pytest.mark.parametrize("option", ["normalize", "reduction"])
def test_unknown_options(option) -> None:
    with pytest.raises(ArgumentError, match=option):
        Weighted(CrossEntropy(), **{option: "batch"})


def test_state_dict_holds_the_weights_and_follows_the_module() -> None:
    criterion = weighted()
    assert list(criterion.state_dict()) == ["weights.class_weights"]
    fresh = Weighted(CrossEntropy(), Balanced(ClassCounts((1, 1, 1))))
    fresh.load_state_dict(criterion.state_dict())
    assert torch.equal(fresh(Z, TARGET), criterion(Z, TARGET))
    assert next(criterion.to("meta").buffers()).device.type == "meta"


def test_balanced_is_one_call() -> None:
    criterion = Weighted.balanced([0] * 8 + [1] * 4 + [2] * 10)
    expected = Weighted(CrossEntropy(), Balanced(ClassCounts((8, 4, 10))))
    assert torch.equal(criterion(Z, TARGET), expected(Z, TARGET))
    assert criterion.scores == "logits"
