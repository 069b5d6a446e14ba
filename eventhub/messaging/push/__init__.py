"""Web Push: what concerns a registrant, shown on their own device by their browser's maker, if they want it there."""
