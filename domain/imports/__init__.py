"""Files of applications: brought in as one thing, and taken back as one."""
