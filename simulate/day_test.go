//go:build unix

package simulate

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"srtm/policy"
	"srtm/scenario"
)

// nation is a policy for 200 Service Users of five sizes.
func nation(t testing.TB, capacity int) *policy.Policy {
	var rows strings.Builder
	rows.WriteString("account,name,user_id,role,portfolio\n")
	for i := range 200 {
		fmt.Fprintf(&rows, "U%03d,,90-B3-D5-1F-30-%02X-00-00,IS,%d\n", i, i+1, 100_000*(i%5+1))
	}
	text := fmt.Sprintf("name: Nation\ncapacity: %d/s\nportfolio: portfolio.csv\n", capacity)
	p, err := policy.Parse("policy.yaml", []byte(text), fstest.MapFS{"portfolio.csv": {Data: []byte(rows.String())}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// aDay is the traffic of 200 Service Users that send 160 million requests a day, for
// a while of it.
func aDay(length time.Duration, retry scenario.Behaviour) *scenario.Scenario {
	s := &scenario.Scenario{Name: "a day", Seed: 1, Length: length}
	slices, _ := scenario.NamedDay("supplier")
	for i := range 200 {
		u := scenario.User{Account: fmt.Sprintf("U%03d", i), Devices: 100_000, Client: scenario.DefaultClient()}
		u.Client.Retry.How = retry
		for _, slice := range slices {
			part := scenario.Part{To: length, Rate: scenario.Rate(slice.Share) * 160e6 / 86400 / 600 * scenario.Rate(i%5+1)}
			part.Shape, _ = scenario.NamedShape(slice.Shape)
			part.Mix, _ = scenario.NamedMix(slice.Mix)
			u.Traffic = append(u.Traffic, part)
		}
		s.Users = append(s.Users, u)
	}
	return s
}

// processorTime is what this process has had of the processors.
func processorTime(b *testing.B) time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// BenchmarkDay plays parts of a day of 160 million Service Requests of 200 Service
// Users; s/day is what the whole would take of one core. Both figures are processor
// time, which others on the machine disturb less than time on the clock.
func BenchmarkDay(b *testing.B) {
	for _, row := range []struct {
		name     string
		length   time.Duration
		capacity int
		compare  string
		retry    scenario.Behaviour
	}{
		{"policy alone", 15 * time.Minute, 8000, "policy", scenario.Never},
		{"policy alone over the threshold", 15 * time.Minute, 2500, "policy", scenario.Never},
		{"policy with clients that retry", 15 * time.Minute, 4500, "policy", scenario.Obey},
		{"no mechanism, clients that retry", 15 * time.Minute, 2500, "none", scenario.Obey},
	} {
		b.Run(row.name, func(b *testing.B) {
			config := Config{Scenario: aDay(row.length, row.retry), Policies: []*policy.Policy{nation(b, row.capacity)}, Compare: []string{row.compare}}
			requests, sends := uint64(0), uint64(0)
			b.ReportAllocs()
			began := processorTime(b)
			for b.Loop() {
				r, err := Play(config)
				if err != nil {
					b.Fatal(err)
				}
				requests += r.Rules[0].Requests
				sends += r.Rules[0].Sends
			}
			each := float64(processorTime(b)-began) / float64(requests)
			b.ReportMetric(each, "ns/request")
			b.ReportMetric(each*0.16, "s/day")
			b.ReportMetric(float64(sends)/float64(requests), "sends/request")
		})
	}
}
