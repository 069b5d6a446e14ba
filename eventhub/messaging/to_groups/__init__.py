"""Letters to groups: what organisers write to many at once, each of whom gets one of their own."""
