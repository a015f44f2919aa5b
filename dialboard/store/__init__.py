"""Where rows, points and coverage rest. The only room that talks to an analytics engine."""
