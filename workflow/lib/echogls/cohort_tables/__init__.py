"""A cohort's own tables: what was left out and why, its numbers, views as classified, run time."""
