package ledger

import "slices"

// The tables as the fold writes them; schema.sql says what the columns are. The
// row types in batch.go give their values in the same order.

// sumColumns are those of Sums.
func sumColumns() []column {
	return append(append(partColumns(), countColumns("spare")...),
		columns(sum, "answered", "dsp_errors", "failed", "busy", "client_left")...)
}

// partColumns are those of Parts.
func partColumns() []column {
	return countColumns("offered", "forwarded", "throttled", "closed", "shadow", "shadow_closed")
}

func countColumns(names ...string) []column {
	var all []column
	for _, name := range names {
		all = append(all, column{name, sum}, column{name + "_cost", amount})
	}
	return all
}

// peakColumns are those of Peaks.
func peakColumns(names ...string) []column {
	var all []column
	for _, name := range names {
		all = append(all, column{name, greatest}, column{name + "_at", peak})
	}
	return all
}

func columns(how merge, names ...string) []column {
	var all []column
	for _, name := range names {
		all = append(all, column{name, how})
	}
	return all
}

func rangeColumns() []column { return []column{{"first_position", first}, {"last_position", last}} }

func tableOf(name string, parts ...[]column) *table { return &table{name, slices.Concat(parts...)} }

func countsTable(name, time string) *table {
	return tableOf(name, columns(key, time, "account", "user_id", "variant", "verdict", "reason"),
		columns(sum, "requests"), columns(amount, "cost"))
}

func minutesTable() *table {
	return tableOf("minutes", columns(key, "minute", "account"), sumColumns(), peakColumns("peak_second", "peak_burst"), rangeColumns())
}

func daysTable() *table {
	return tableOf("days", columns(key, "day", "account"), sumColumns(), peakColumns("peak_second", "peak_burst"),
		columns(peak, "allocation", "depth"), rangeColumns(), columns(sum, "within_requests"), columns(amount, "within_cost"),
		columns(sum, "beyond_requests"), columns(amount, "beyond_cost"))
}

func latencyTable() *table {
	return tableOf("latency", columns(key, "day", "account", "service"), columns(sum, "answers"), columns(replace, "histogram"))
}

func episodesTable() *table {
	return tableOf("episodes", columns(key, "id"), columns(keep, "started"), columns(last, "ended", "how"), columns(first, "activation"),
		columns(keep, "cause", "account", "variant", "threshold"), rangeColumns(), sumColumns(), peakColumns("peak_offered", "peak_reached"),
		columns(sum, "refused_seconds", "shadow_seconds"), columns(amount, "unused_cost"), columns(sum, "pressed_seconds"),
		columns(amount, "pressed_unused_cost", "pressed_capacity_cost"), columns(replace, "latency"))
}

func episodeAccountsTable() *table {
	return tableOf("episode_accounts", columns(key, "episode", "account"), partColumns(), countColumns("spare"),
		peakColumns("peak_second", "peak_burst"), columns(peak, "allocation", "depth"), columns(sum, "throttled_topups", "shadow_topups", "refused_seconds", "shadow_seconds"),
		columns(amount, "over_cost"), columns(first, "first_refusal"), columns(last, "last_refusal"), columns(first, "first_shadow"),
		columns(last, "last_shadow"), columns(sum, "hungry_seconds"),
		columns(amount, "due_cost", "got_cost"))
}

func episodeVariantsTable() *table {
	return tableOf("episode_variants", columns(key, "episode", "account", "variant"), partColumns())
}

func episodeSecondsTable() *table {
	return tableOf("episode_seconds", columns(key, "episode", "account", "second"), columns(keep, "seconds"), partColumns())
}

func refusalsTable() *table {
	return tableOf("refusals", columns(key, "position"), columns(keep, "at", "account", "user_id", "variant", "command_variant", "counter",
		"target", "cost", "assured", "spare", "pool", "cold", "depth", "allocation", "policy", "refusals", "retry_after", "verdict",
		"reason", "active", "activated", "within", "kept", "pool_limit", "hold", "hold_rate", "exempt", "vouched", "held"))
}

func openTable() *table {
	return tableOf("open_refusals", columns(key, "position"), columns(keep, "at", "account", "user_id", "target", "counter",
		"second_message", "likely", "variant"))
}

func followedTable() *table {
	return tableOf("followed", columns(key, "day", "account", "variant"),
		columns(sum, "refusals", "requests", "later", "likely", "never", "not_followed"), columns(replace, "later_delay", "likely_delay"))
}

func brokenTable() *table {
	return tableOf("broken", columns(key, "day", "account"), columns(sum, "requests"), columns(amount, "cost"),
		countColumns("shadow"), columns(first, "first_position"))
}

func loweredTable() *table {
	return tableOf("lowered", columns(key, "day", "account", "cause", "verdict", "reason", "allocation"), columns(sum, "requests"), columns(amount, "cost"),
		countColumns("within"), columns(first, "first_position"))
}

func accountsTable() *table {
	return tableOf("accounts", columns(key, "id"), columns(keep, "name"), columns(replace, "state"))
}

// plain is a table of which each row is one record of the journal: it is written
// once and never changed.
func plain(name string, keys []column, names ...string) *table {
	return tableOf(name, keys, columns(keep, names...))
}

func atPosition() []column { return columns(key, "position") }
