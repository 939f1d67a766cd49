"""Words, tokens, headers, tables and files by chance, for as long as one likes: none does harm."""
