"""Which frames are fetched, wait, are analysed or dropped, with how much memory."""
