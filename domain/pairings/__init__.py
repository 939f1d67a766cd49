"""Two people who lead together: whom a rule keeps apart, who asks whom, how it ends."""
