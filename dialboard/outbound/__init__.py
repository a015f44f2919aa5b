"""The one door out: every request that leaves Dialboard passes here, under the same rules."""
