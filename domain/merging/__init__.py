"""Who was registered twice and is one person, and who was taken for another by mistake."""
