"""Lists of registrations in and out, as spreadsheets have them."""
