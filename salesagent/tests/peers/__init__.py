"""Servers we did not write, and one that misbehaves to order; see docs/testing.md."""
