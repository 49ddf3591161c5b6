"""PDFs by reportlab: embedded fonts, one sheet for all, charts as vectors. Imported on first use.

Everything is told apart by shape, dash and words, so a black-and-white print reads the same.
"""
