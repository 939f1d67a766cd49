"""Pages that are written from the code itself, so that they can't tell anything else."""
