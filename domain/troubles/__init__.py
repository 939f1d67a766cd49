"""That something may be lacking since a worker can't take an event in, and that it is settled."""
