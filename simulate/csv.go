package simulate

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"srtm/duis"
	"srtm/traffic"
)

// arrivalColumns are the columns that an arrivals file may have; the first
// three it must have.
var arrivalColumns = []string{"at_ns", "account", "srv", "user_id", "target", "counter", "command_variant"}

const requiredColumns = 3

// ReadArrivals reads arrivals from CSV. Columns are found by the header: at_ns
// (nanoseconds since 1970 UTC, never going back), account, srv, and optionally
// user_id, target, counter and command_variant. After an error, which names the
// line and what would be right, the iterator ends.
func ReadArrivals(r io.Reader) iter.Seq2[Arrival, error] {
	return func(yield func(Arrival, error) bool) {
		in := csv.NewReader(r)
		in.ReuseRecord = true
		columns, err := readHeader(in)
		if err != nil {
			yield(Arrival{}, err)
			return
		}
		names := make(map[string]string) // accounts and variants recur: keep one string of each
		var last int64
		for {
			record, err := in.Read()
			if err == io.EOF {
				return
			}
			var a Arrival
			if err == nil {
				a, err = columns.arrival(record, names)
			}
			if err == nil && a.At < last {
				err = fmt.Errorf("at_ns goes back from %d to %d; sort the arrivals by time", last, a.At)
			}
			if err != nil {
				yield(Arrival{}, atLine(in, err))
				return
			}
			last = a.At
			if !yield(a, nil) {
				return
			}
		}
	}
}

// atLine says in which line the record is that err is about.
func atLine(in *csv.Reader, err error) error {
	if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
		return fmt.Errorf("arrivals: line %d: %w", parse.Line, parse.Err)
	}
	line, _ := in.FieldPos(0)
	return fmt.Errorf("arrivals: line %d: %w", line, err)
}

// columns says at which place of a record each of arrivalColumns is, or -1.
type columns [7]int

func readHeader(in *csv.Reader) (columns, error) {
	var at columns
	header, err := in.Read()
	if err == io.EOF {
		return at, errors.New("arrivals: the file is empty; it begins with the header at_ns,account,srv")
	} else if err != nil {
		return at, fmt.Errorf("arrivals: header: %w", err)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	for i, name := range arrivalColumns {
		at[i] = slices.Index(header, name)
		if at[i] < 0 && i < requiredColumns {
			return at, fmt.Errorf("arrivals: line 1: the column %q is missing; the header is at_ns,account,srv with optional user_id,target,counter,command_variant", name)
		}
	}
	for i, name := range header {
		if !slices.Contains(arrivalColumns, name) {
			return at, fmt.Errorf("arrivals: line 1: unknown column %q; there are %s", name, strings.Join(arrivalColumns, ", "))
		}
		if slices.Index(header, name) != i {
			return at, fmt.Errorf("arrivals: line 1: the column %q is there twice", name)
		}
	}
	return at, nil
}

// maxNames is the most that names, and the counts of Compare, may hold: far more accounts and variants than there are,
// and little memory when a file holds nothing but nonsense.
const maxNames = 200_000

func (at columns) arrival(record []string, names map[string]string) (Arrival, error) {
	time, err := strconv.ParseInt(record[at[0]], 10, 64)
	if err != nil || time < 0 {
		return Arrival{}, fmt.Errorf("at_ns %q is not a whole number of nanoseconds since 1970 UTC", record[at[0]])
	}
	a := Arrival{At: time}
	for _, part := range []struct {
		to   *string
		text string
	}{{&a.Account, record[at[1]]}, {&a.Variant, record[at[2]]}} {
		name, known := names[part.text]
		if !known {
			name = strings.Clone(part.text)
			if len(names) < maxNames {
				names[name] = name
			}
		}
		*part.to = name
	}
	if at[3] >= 0 && record[at[3]] != "" {
		user, err := duis.ParseEUI64(record[at[3]])
		if err != nil {
			return Arrival{}, fmt.Errorf("user_id: %w", err)
		}
		a.User, a.HasUser = uint64(user), true
	}
	return a, at.command(record, &a)
}

// command reads what tells the two messages of a critical command.
func (at columns) command(record []string, a *Arrival) error {
	if at[4] >= 0 && record[at[4]] != "" {
		a.Target = target(record[at[4]])
	}
	if at[5] >= 0 && record[at[5]] != "" {
		n, err := strconv.ParseUint(record[at[5]], 10, 64)
		if err != nil {
			return fmt.Errorf("counter %q is not a whole number of at most 64 bits", record[at[5]])
		}
		a.Counter = n
	}
	if at[6] >= 0 && record[at[6]] != "" {
		n, err := strconv.ParseUint(record[at[6]], 10, 8)
		if err != nil || n > 9 {
			return fmt.Errorf("command_variant %q is not a number from 0 to 9", record[at[6]])
		}
		a.Command = uint8(n)
	}
	return nil
}

// target reads an EUI-64, or makes a number of the pseudonym that stands for one:
// it matters only which targets are the same.
func target(text string) uint64 {
	if eui, err := duis.ParseEUI64(text); err == nil {
		return uint64(eui)
	}
	h := fnv.New64a()
	h.Write([]byte(text))
	return h.Sum64()
}

// Decisions writes decisions as CSV with the columns at_ns, account, srv,
// verdict and reason.
type Decisions struct {
	out  *bufio.Writer
	line []byte
}

// NewDecisions writes the header to w and returns a writer of decisions. Flush
// it at the end.
func NewDecisions(w io.Writer) *Decisions {
	d := &Decisions{out: bufio.NewWriterSize(w, 1<<16)}
	d.out.WriteString("at_ns,account,srv,verdict,reason\n")
	return d
}

// Write writes one decision. The error may be that of an earlier write.
func (w *Decisions) Write(a Arrival, d traffic.Decision) error {
	b := strconv.AppendInt(w.line[:0], a.At, 10)
	b = append(b, ',')
	b = appendField(b, a.Account)
	b = append(b, ',')
	b = appendField(b, a.Variant)
	b = append(b, ',')
	b = append(b, d.Verdict.String()...)
	b = append(b, ',')
	b = append(b, d.Reason.String()...)
	w.line = append(b, '\n')
	_, err := w.out.Write(w.line)
	return err
}

// Flush writes what is still held back.
func (w *Decisions) Flush() error { return w.out.Flush() }

// appendField quotes a field where CSV needs it.
func appendField(b []byte, s string) []byte {
	if !strings.ContainsAny(s, ",\"\r\n") && !strings.HasPrefix(s, " ") {
		return append(b, s...)
	}
	return append(append(append(b, '"'), strings.ReplaceAll(s, `"`, `""`)...), '"')
}
