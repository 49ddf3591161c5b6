"""Training of the heads; only ever in a process of its own (scikit-learn takes 80 MB and more)."""
