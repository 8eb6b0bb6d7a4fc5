"""The loop: what to label next, labels in and out, and retraining with them."""
