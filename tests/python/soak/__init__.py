"""`make soak`: refreshes that are killed, read from, starved of disk and started twice, against a rebuild."""
