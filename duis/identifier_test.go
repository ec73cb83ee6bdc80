package duis

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseEUI64(t *testing.T) {
	for _, row := range []struct {
		rule, text string
		want       EUI64
		ok         bool
	}{
		{"upper case is read", "90-B3-D5-1F-30-01-00-00", 0x90B3D51F30010000, true},
		{"lower case is read", "90-b3-d5-1f-30-01-00-00", 0x90B3D51F30010000, true},
		{"mixed case is read", "aF-Af-00-00-00-00-00-09", 0xAFAF000000000009, true},
		{"the first octet is the highest", "01-00-00-00-00-00-00-00", 1 << 56, true},
		{"all ones fit", "FF-FF-FF-FF-FF-FF-FF-FF", 1<<64 - 1, true},
		{"nothing is refused", "", 0, false},
		{"seven octets are refused", "90-B3-D5-1F-30-01-00", 0, false},
		{"nine octets are refused", "90-B3-D5-1F-30-01-00-00-00", 0, false},
		{"colons are refused", "90:B3:D5:1F:30:01:00:00", 0, false},
		{"a missing separator is refused", "90-B3-D5-1F-30-01-00000", 0, false},
		{"a letter after F is refused", "90-B3-D5-1G-30-01-00-00", 0, false},
		{"white space is refused", " 90-B3-D5-1F-30-01-00-0", 0, false},
		{"a digit of another script is refused", "90-B3-D5-1F-30-01-00-\xD9\xA0", 0, false},
	} {
		got, err := ParseEUI64(row.text)
		if got != row.want || (err == nil) != row.ok {
			t.Errorf("%s: %q gives %v, %v", row.rule, row.text, got, err)
		}
		got, err = ParseEUI64([]byte(row.text))
		if got != row.want || (err == nil) != row.ok {
			t.Errorf("%s, as bytes: %q gives %v, %v", row.rule, row.text, got, err)
		}
	}
}

func TestParseRequestID(t *testing.T) {
	const ids = "90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:"
	for _, row := range []struct {
		rule, text string
		counter    uint64
		ok         bool
	}{
		{"a counter of 0 is read", ids + "0", 0, true},
		{"a counter is decimal", ids + "1000", 1000, true},
		{"the largest counter is 2^64-1", ids + "18446744073709551615", 1<<64 - 1, true},
		{"lower case is read", strings.ToLower(ids) + "7", 7, true},
		{"2^64 is refused", ids + "18446744073709551616", 0, false},
		{"twenty nines are refused", ids + "99999999999999999999", 0, false},
		{"21 digits are refused", ids + "184467440737095516150", 0, false},
		{"a leading zero is refused", ids + "01", 0, false},
		{"two zeros are refused", ids + "00", 0, false},
		{"a plus sign is refused", ids + "+1", 0, false},
		{"a minus sign is refused", ids + "-1", 0, false},
		{"no counter is refused", ids, 0, false},
		{"hexadecimal is refused", ids + "0x10", 0, false},
		{"white space is refused", ids + "1 ", 0, false},
		{"a fourth part is refused", ids + "1:1", 0, false},
		{"one identifier is refused", "90-B3-D5-1F-30-01-00-00:1000", 0, false},
		{"another separator is refused", strings.Replace(ids, ":", "-", 1) + "1", 0, false},
		{"an empty one is refused", "", 0, false},
	} {
		want := RequestID{}
		if row.ok {
			want = RequestID{0x90B3D51F30010000, 0x00DB1234567890A0, row.counter}
		}
		got, err := ParseRequestID(row.text)
		if (err == nil) != row.ok || row.ok && got != want {
			t.Errorf("%s: %q gives %v, %v", row.rule, row.text, got, err)
		}
		got, err = ParseRequestID([]byte(row.text))
		if (err == nil) != row.ok || row.ok && got != want {
			t.Errorf("%s, as bytes: %q gives %v, %v", row.rule, row.text, got, err)
		}
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := RequestID{
			EUI64(rapid.Uint64().Draw(t, "originator")),
			EUI64(rapid.Uint64().Draw(t, "target")),
			rapid.Uint64().Draw(t, "counter"),
		}
		if got, err := ParseRequestID(id.String()); err != nil || got != id {
			t.Fatalf("%v is read back as %v, %v", id, got, err)
		}
		if got, err := ParseEUI64(id.Target.String()); err != nil || got != id.Target {
			t.Fatalf("%v is read back as %v, %v", id.Target, got, err)
		}
	})
}

func TestEveryByteOfAnEUI64IsChecked(t *testing.T) {
	const valid = "90-B3-D5-1F-30-01-00-00"
	for at := range len(valid) {
		for c := range 256 {
			text := []byte(valid)
			text[at] = byte(c)
			want := strings.IndexByte("0123456789ABCDEFabcdef", byte(c)) >= 0
			if valid[at] == '-' {
				want = c == '-'
			}
			if _, err := ParseEUI64(text); (err == nil) != want {
				t.Errorf("%q is taken: %v", text, err == nil)
			}
		}
	}
}

func TestErrorsShowTheTextSafely(t *testing.T) {
	_, err := ParseEUI64("<script>\r\nalert(\"é\")" + strings.Repeat("x", 1000))
	if want := `"<script>??alert(?`; err == nil || !strings.HasPrefix(err.Error(), want) || len(err.Error()) > 200 {
		t.Errorf("the error is %q, want it to begin with %q and to be short", err, want)
	}
}

func TestIdentifiersDoNotAllocate(t *testing.T) {
	text := []byte("90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:18446744073709551615")
	buf := make([]byte, 0, 100)
	n := testing.AllocsPerRun(100, func() {
		id, _ := ParseRequestID(text)
		buf = id.AppendTo(buf[:0])
	})
	if n != 0 || string(buf) != string(text) {
		t.Errorf("reading and writing %s took %v allocations and gave %s", text, n, buf)
	}
}

func FuzzEUI64(f *testing.F) {
	f.Add("90-b3-D5-1F-30-01-00-00")
	f.Add("90-B3-D5-1F-30-01-00:00")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := ParseEUI64(text)
		if err == nil && id.String() != strings.ToUpper(text) {
			t.Errorf("%q is written back as %q", text, id)
		}
	})
}

func FuzzRequestID(f *testing.F) {
	f.Add("90-B3-D5-1F-30-01-00-00:00-db-12-34-56-78-90-A0:1000")
	f.Add("90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:18446744073709551616")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := ParseRequestID(text)
		if err == nil && id.String() != strings.ToUpper(text) {
			t.Errorf("%q is written back as %q", text, id)
		}
	})
}
