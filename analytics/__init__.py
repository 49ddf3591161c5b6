"""Analytics reads everything and writes only its own snapshots; nothing below may import it."""
