"""The arithmetic of the numbers: threads in, figures out. No tables, no clock."""
