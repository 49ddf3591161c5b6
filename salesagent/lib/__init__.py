"""What any product would need: nothing in here knows a sales word."""
