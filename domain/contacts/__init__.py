"""Contacts who are no applicants: named for one purpose, asked, and kept no longer than needed."""
