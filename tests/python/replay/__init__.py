"""Replay equivalence: small companies made to go wrong, the ways by which their files may come, and what a refresh makes of them."""
