"""`make bench`: what the warehouse costs, beside a hand-written script that makes the same marts of the same files."""
