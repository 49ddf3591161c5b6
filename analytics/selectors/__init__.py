"""What the pages show. Every function answers from the sums, never from the thread."""
