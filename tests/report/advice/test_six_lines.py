"""Advice is cut where it is worth least, and not before it has to be."""

from counterpoise.report.advice.six_lines import in_six_lines

LONG = "Keep the baseline for now: " + "validation chose a method with a long name, " * 2
OTHERS = "The other 5 classes: recall .94 -> .91; class 'lotus' loses most (.12)."
NEXT = "Next: `a --folds 5` tests all (a difference of .03 shows with about 20); collect 3 more."


def test_what_fits_stays() -> None:
    said = (LONG, OTHERS, NEXT)
    assert in_six_lines(said, "The other") == said


def test_the_least_valuable_goes_first() -> None:
    cut = in_six_lines([LONG, LONG, OTHERS, NEXT], "The other")
    assert cut[2:] == (OTHERS, "Next: `a --folds 5` tests all; collect 3 more.")
    cut = in_six_lines([LONG, "a", "b", OTHERS, f"{NEXT[:-1]}{' more' * 8}."], "The other")
    assert cut[3:] == (OTHERS, "Next: `a --folds 5` tests all.")
    cut = in_six_lines([LONG, "a", "b", OTHERS.replace("5", "5" * 20), NEXT], "The other")
    assert cut[3] == f"The other {'5' * 20} classes: recall .94 -> .91."
    cut = in_six_lines([LONG, LONG, "a", OTHERS, NEXT], "The other")
    assert cut[2:] == ("a", "Next: `a --folds 5` tests all.")


def test_a_long_path_in_a_command_costs_no_sentence() -> None:
    said = (
        LONG,
        LONG,
        OTHERS,
        f"Next: `counterpoise predict {'a' * 90} FILES` labels new samples.",
    )
    assert in_six_lines(said, "The other") == said


def test_a_word_goes_before_what_it_costs_on_the_others() -> None:
    said = (
        "Use oversampling+thresholding, if anything: balanced accuracy .82 on test, baseline .77.",
        "The rarest class 'water_lilly' (5 to 6 training, 8 test samples): recall .50 -> .80.",
        "The other 2 classes: recall .90 -> .83.",
        "Not sure: that gain may be chance (95 %: -.098 to +.175 over 5 folds).",
        "Next: `counterpoise compare sixty --folds 5 --fine-tune` (about 2 min) may help.",
    )
    cut = in_six_lines(said, "The other")
    assert cut[2] == said[2]
    assert cut[1] == "The rarest class 'water_lilly' (5 to 6 training, 8 test): recall .50 -> .80."
