"""A long walk of random lives through the pure rooms, in one process, and what must hold at each
of its steps.
"""
