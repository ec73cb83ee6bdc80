package tmmd

func glossary() section {
	return section{"glossary", "Glossary", []block{table{anchor: "words", title: "Words", columns: texts("word", "meaning"), rows: [][]string{
		{"Service Request (SR)", "one DUIS request message"},
		{"Service Request Variant", "what kind of request it is, such as 4.8.1"},
		{"Service User", "whoever has an allocation; owns one or more User IDs, each in User Roles"},
		{"User Role", "IS Import Supplier, GS Gas Supplier, ES Export Supplier, ED Electricity Distributor, GT Gas Transporter, OU Other User, RSA Registered Supplier Agent, MDR Meter Data Retriever"},
		{"portfolio", "what a Service User looks after, counted by User Role"},
		{"DSP", "Data Service Provider: the system that is protected"},
		{"maximum capacity, C", "what the DCC Systems can take, in Service Requests per second"},
		{"operating threshold, T", "the part of C above which an outage is in danger"},
		{"allocation, a(u)", "a Service User's own part of T, in Service Requests per second"},
		{"D(u)", "what a full assured bucket holds: what is within the allocation at once"},
		{"B", "the most that all buckets and the pool hold together"},
		{"slot", "the mechanism's step of time"},
		{"hungry", "having asked beyond the assured bucket in the last second"},
		{"offered, forwarded, throttled", "all that arrived; what went on to the DSP; what was refused for traffic"},
		{"TMMD", "Traffic Management Mechanism Document: this document"},
	}}}}
}
