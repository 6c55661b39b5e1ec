"""Reference data that ships with the code: note templates, consultation types, specialties."""
