"""Coaching reads the thread and writes feedback; nothing below may import it."""
