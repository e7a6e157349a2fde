"""Long recordings listened to: broadcasts, sets and streams become cue sheets; watchlists tell what was played."""
