"""Numbers that others published, computed again by the warehouse's own models from their data.

Each world is a landing folder in the columns of the generic contract; its mapping says what of the data means what, and the models
do the rest. `make published` runs them all.
"""
