package ledger

import "srtm/duis"

// variant is a number for a variant's text: that of the catalogue, or beyond
// them.
type variant uint16

const (
	firstOther   variant = 256
	mostOthers   int     = 256
	longestOther int     = 32
)

// vocabulary numbers variants.
type vocabulary struct {
	other map[string]variant
	texts []string
}

func newVocabulary() *vocabulary { return &vocabulary{other: map[string]variant{}} }

// variant returns the number of a text, and whether it is one of no catalogue
// that was met for the first time. The senders write what they like: so beyond
// so many they are one.
func (w *vocabulary) variant(name string) (v variant, isNew bool) {
	if known, ok := duis.ParseVariant(name); ok {
		return variant(known), false
	}
	if v, ok := w.other[name]; ok {
		return v, false
	}
	clean := text(name) // what the database gives back
	if v, ok := w.other[clean]; ok {
		return v, false
	}
	if len(w.texts) == mostOthers || clean == "" || len(clean) > longestOther || clean == duis.Unknown.String() {
		return 0, false
	}
	return w.learn(clean), true
}

func (w *vocabulary) learn(name string) variant {
	v := firstOther + variant(len(w.texts))
	w.other[name] = v
	w.texts = append(w.texts, name)
	return v
}

func (w *vocabulary) others() int { return len(w.texts) }

func (w *vocabulary) name(v variant) string {
	if v >= firstOther {
		return w.texts[v-firstOther]
	}
	return duis.Variant(v).String()
}

// service is the Service Reference of a variant.
func (w *vocabulary) service(v variant) string {
	if ref := duis.Variant(v).Reference(); v != 0 && v < firstOther && ref != "" {
		return ref
	}
	return duis.Unknown.String()
}
