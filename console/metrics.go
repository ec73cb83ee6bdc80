package console

import (
	"reflect"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// family is the metrics of one name. Names, labels and units do not change;
// docs/metrics.md lists them.
type family struct {
	name, kind, unit, help string
	labels                 []string
	desc                   *prometheus.Desc
}

// The kinds of families.
const (
	counterKind   = "counter"
	gaugeKind     = "gauge"
	histogramKind = "histogram"
)

func counter(name, unit, help string, labels ...string) family {
	return family{name: "srtm_" + name, kind: counterKind, unit: unit, help: help, labels: labels}.described()
}

func gauge(name, unit, help string, labels ...string) family {
	return family{name: "srtm_" + name, kind: gaugeKind, unit: unit, help: help, labels: labels}.described()
}

func histogram(name, unit, help string, labels ...string) family {
	return family{name: "srtm_" + name, kind: histogramKind, unit: unit, help: help, labels: labels}.described()
}

func (f family) described() family {
	f.desc = prometheus.NewDesc(f.name, f.help, f.labels, nil)
	return f
}

// collector turns the numbers into Prometheus metrics when they are asked for,
// so that nothing is counted twice on the way of a request.
type collector struct {
	source Source
	kept   kept
}

func newCollector(source Source) *collector {
	c := &collector{source: source}
	c.kept.begin(source)
	return c
}

// Describe announces the metrics, whether they have a value yet or not.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, f := range allFamilies() {
		out <- f.desc
	}
}

// Collect reads the numbers.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	w := writer{out}
	past := c.kept.look(c.source)
	w.rules(c.source, past.now)
	for _, a := range past.accounts {
		w.account(a.name, a.counts)
	}
	w.put(families.Activations, float64(past.activations))
	w.put(families.ActiveSeconds, past.active.Seconds())
	door := c.source.Door()
	w.door(door)
	w.dsp(door)
	w.journal(c.source)
	w.hands(c.source)
	if c.source.Beside != nil {
		w.beside(c.source.Beside())
	}
}

// writer writes metrics of the families.
type writer struct{ out chan<- prometheus.Metric }

// put writes one value; that of a histogram is written by spread.
func (w writer) put(f family, v float64, labels ...string) {
	kind := prometheus.GaugeValue
	if f.kind == counterKind {
		kind = prometheus.CounterValue
	}
	w.out <- prometheus.MustNewConstMetric(f.desc, kind, v, labels...)
}

func (w writer) spread(f family, h Histogram) {
	buckets := make(map[float64]uint64, len(h.Bounds))
	for i, b := range h.Bounds {
		buckets[b.Seconds()] = h.Buckets[i]
	}
	w.out <- prometheus.MustNewConstHistogram(f.desc, h.Count, h.Sum.Seconds(), buckets)
}

// bit is 1 for what is so.
func bit(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// other stands in a label for whatever is not of those that it may have.
const other = "other"

// listed is a label's value, or other.
func listed(value string, among []string) string {
	if slices.Contains(among, value) {
		return value
	}
	return other
}

// allFamilies lists them in the order in which they are declared.
func allFamilies() []family {
	v := reflect.ValueOf(families)
	all := make([]family, v.NumField())
	for i := range all {
		all[i] = v.Field(i).Interface().(family)
	}
	return all
}
