"""Who somebody is: tokens, issuers, and the keys by which a token is believed."""
