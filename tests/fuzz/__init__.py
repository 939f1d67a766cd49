"""Words, tokens, headers and files by chance, for as long as one likes: none does any harm."""
