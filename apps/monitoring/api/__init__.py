"""Long recordings, cue sheets, watchlists and plays over the API."""
