"""Words and tokens by chance, for as long as one likes: nothing of them does any harm."""
