"""The command line: thin faces on the door, the read models and the stream."""
