"""The demo: data for a month of work, and the page that plays the lead. Only served with DEMO=1."""
