"""How people are known: whom issuers outside mean by their subjects."""
