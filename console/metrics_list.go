package console

// families lists all that /metrics has of srtm's own.
var families = struct {
	BuildInfo, PolicyInfo, Active, Activations, ActiveSeconds, Exceptional family
	Capacity, Threshold, Release, Reserved, Pool, Mode                     family
	Allocation, Shadowed, Exempt, Held                                     family

	Offered, Forwarded, Throttled, Shadow, Closed, ShadowClosed, Cost family

	Requests, Answers, Unknown, Unlisted, Unrecorded, ClientLeft family
	InFlight, Connections, TurnedAway, Handshakes                family

	DSPConnections, DSPDialled, DSPOutcomes, DSPLatency family

	Position, Durable, Failing, Failures, Missing, Written, Commits, ClockOffset family

	ActsRunning, ActsWaiting, LedgerFolded, DiskFree, Certificates                                       family
	NoticesPut, NoticesDelivered, NoticesFailed, NoticesGivenUp, NoticesHeld, NoticesPending, NoticesIll family
	NoticesOldest                                                                                        family
}{
	BuildInfo:     gauge("build_info", "", "1, with the version of srtm.", "version"),
	PolicyInfo:    gauge("policy_info", "", "1, with the policy in force.", "name", "environment", "sha256"),
	Active:        gauge("active", "0 or 1", "1 while traffic management is active."),
	Activations:   counter("activations_total", "activations", "How often traffic management became active since the process began."),
	ActiveSeconds: counter("active_seconds_total", "seconds", "For how long traffic management was active since the process began."),
	Exceptional:   gauge("exceptional_seconds", "seconds", "For how long in a month the policy expects traffic management to be active at most; absent where the policy does not say."),
	Capacity:      gauge("capacity_requests_per_second", "Service Requests per second", "Maximum capacity of the DCC Systems as it is taken to be now."),
	Threshold:     gauge("threshold_requests_per_second", "Service Requests per second", "Operating threshold now, at which traffic management becomes active."),
	Release:       gauge("release_requests_per_second", "Service Requests per second", "Offered traffic below this ends traffic management after the policy's hold."),
	Reserved:      gauge("reserved_requests_per_second", "Service Requests per second", "What is taken from the operating threshold now, as for a planned piece of work."),
	Pool:          gauge("pool_requests", "Service Requests", "Service Requests that the free pool holds; below 0 where exempt requests went on without."),
	Mode:          gauge("mode", "0 or 1", "1 for the mode that the mechanism is in, 0 for the others.", "mode"),
	Allocation:    gauge("allocation_requests_per_second", "Service Requests per second", "Allocation of a Service User.", "account"),
	Shadowed:      gauge("account_shadow", "0 or 1", "1 while nothing of this Service User is refused, whatever is decided.", "account"),
	Exempt:        gauge("account_exempt", "0 or 1", "1 while all that this Service User sends is exempt.", "account"),
	Held:          gauge("account_held_requests_per_second", "Service Requests per second", "Rate that a Service User is held to by hand; absent for the others.", "account"),

	Offered:      counter("offered_total", "Service Requests", "Service Requests that arrived and were decided about.", "account"),
	Forwarded:    counter("forwarded_total", "Service Requests", "Service Requests that went on to the DSP, by the rule that let them.", "account", "reason"),
	Throttled:    counter("throttled_total", "Service Requests", "Service Requests that were refused for traffic, other than while nothing is taken.", "account", "reason"),
	Shadow:       counter("shadowed_total", "Service Requests", "Service Requests that would have been refused for traffic, other than while nothing is taken, and went on since that is not enforced.", "account", "reason"),
	Closed:       counter("closed_total", "Service Requests", "Service Requests that were refused because nothing is taken, as in a maintenance with a capacity of 0.", "account"),
	ShadowClosed: counter("shadowed_closed_total", "Service Requests", "Service Requests that would have been refused because nothing is taken, and went on since that is not enforced.", "account"),
	Cost:         counter("cost_total", "Service Requests of usual cost", "What the Service Requests cost that were decided about, by verdict: what capacity, threshold and allocation are counted in.", "account", "verdict"),

	Requests:    counter("door_requests_total", "requests", "HTTP requests whose head began to arrive."),
	Answers:     counter("door_answers_total", "answers", "Answers given; the reason dsp stands for the DSP's own.", "status", "reason"),
	Unknown:     counter("door_unknown_variants_total", "Service Requests", "Service Requests of a variant that is not in the catalogue; they are forwarded."),
	Unlisted:    counter("door_unlisted_originators_total", "Service Requests", "Service Requests carried although their originator is in nobody's portfolio."),
	Unrecorded:  counter("door_unrecorded_decisions_total", "decisions", "Decisions that could not be recorded."),
	ClientLeft:  counter("door_client_left_total", "requests", "Callers who had gone before the DSP's answer came."),
	InFlight:    gauge("door_in_flight", "requests", "Requests that are not answered yet."),
	Connections: gauge("door_connections", "connections", "Callers' open connections."),
	TurnedAway:  counter("door_turned_away_total", "connections", "Connections closed at once, beyond the limit."),
	Handshakes:  counter("door_failed_handshakes_total", "handshakes", "TLS handshakes that failed."),

	DSPConnections: gauge("dsp_connections", "connections", "Connections to the DSP.", "state"),
	DSPDialled:     counter("dsp_dialled_total", "connections", "Connections to the DSP that were made."),
	DSPOutcomes:    counter("dsp_outcomes_total", "Service Requests", "What became of Service Requests that went on to the DSP: the class of its answer's status code, or why there was none.", "outcome"),
	DSPLatency:     histogram("dsp_latency_seconds", "seconds", "From writing a request to the DSP to the end of its answer."),

	Position:    gauge("journal_position", "position", "Position of the journal's last record."),
	Durable:     gauge("journal_durable_position", "position", "Position up to which the journal is on the disk."),
	Failing:     gauge("journal_failing", "0 or 1", "1 while nothing can be recorded."),
	Failures:    counter("journal_failures_total", "failures", "How often the journal began to fail."),
	Missing:     gauge("journal_missing_decisions", "decisions", "Decisions that could not be recorded since the journal began to fail."),
	Written:     counter("journal_written_bytes_total", "bytes", "Octets written to the journal, before compression."),
	Commits:     histogram("journal_commit_seconds", "seconds", "How long it took to make records durable, for all that were waiting together."),
	ClockOffset: gauge("clock_offset_seconds", "seconds", "By how much the wall clock is ahead of the time that decisions are made and recorded by, which never goes back."),

	ActsRunning:  gauge("acts_running", "acts", "Acts by hand that hold now."),
	ActsWaiting:  gauge("acts_waiting", "acts", "Acts by hand that wait for a second person."),
	LedgerFolded: gauge("ledger_folded_timestamp_seconds", "seconds since 1970", "Everything recorded before then is in the ledger, which reports are made from; absent until the first time."),
	DiskFree:     gauge("disk_free_bytes", "bytes", "Free on the disk that the journal lies on; absent where that cannot be found out."),
	Certificates: gauge("certificate_expiry_timestamp_seconds", "seconds since 1970", "When a certificate that srtm shows, or verifies others by, expires; of several in one file the first to do so.", "certificate"),

	NoticesPut:       counter("notices_put_total", "notices", "Notices that were to be told to somebody, since the process began."),
	NoticesDelivered: counter("notices_delivered_total", "deliveries", "Notices that a target took."),
	NoticesFailed:    counter("notices_failed_attempts_total", "attempts", "Attempts to deliver that failed; they are made again."),
	NoticesGivenUp:   counter("notices_given_up_total", "deliveries", "Notices that were not delivered to a target in time."),
	NoticesHeld:      counter("notices_held_back_total", "deliveries", "Notices that a later one stands for, as there would have been too many."),
	NoticesPending:   gauge("notices_pending", "deliveries", "Deliveries that are still to be made."),
	NoticesIll:       gauge("notices_failing_targets", "targets", "Targets that do not take notices at present."),
	NoticesOldest:    gauge("notices_oldest_timestamp_seconds", "seconds since 1970", "When the oldest notice that waits was put; absent while none waits."),
}

// bounds says what the values of each label may be.
var bounds = map[string]string{
	"version":     "one",
	"name":        "one: that of the policy in force",
	"environment": "one: that of the policy in force",
	"sha256":      "one: that of the policy in force",
	"mode":        "`enforce`, `shadow`, `off`, `suspended`",
	"account":     "the accounts of the policy in force; for counters also of those that were in force since the process began, and `(other)`",
	"reason":      "of requests: the ten reasons of the mechanism; of answers: the reasons in [door.md](door.md), a closed list",
	"verdict":     "`forward`, `throttle`, `shadow`",
	"status":      "the status codes that HTTP has, and `other`",
	"state":       "`in_use`, `idle`",
	"outcome":     "`1xx` to `5xx`, `other`, and the door's reasons `dsp-busy`, `dsp-unreachable`, `dsp-broken`, `dsp-timeout`, `withheld`",
	"certificate": "the flags that name a file of certificates: `tls-cert`, `client-ca`, `dsp-ca`, `dsp-cert`, `admin-cert`, `admin-client-ca`",
}
