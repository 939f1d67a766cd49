"""A cohort as a whole: its plan, the time in which people can apply, and its course."""
