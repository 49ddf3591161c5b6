"""Coaching reads the thread and writes feedback. Its tables and pages come with their rows of SPEC.md."""
