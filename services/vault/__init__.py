"""The keys: what is personal is sealed here, and opened for those who may read it."""
