"""In which language a page or a mail is: catalogues of what is translated, how they are kept, and whose language holds."""
