package simulate

import (
	"errors"

	"srtm/policy"
)

// unplaced leaves out of what is wrong with a varied policy its place in the file where
// that is only the beginning, since the key is not there: it would lead nowhere.
func unplaced(err error) error {
	problems := policy.Problems(nil)
	if !errors.As(err, &problems) {
		return err
	}
	var all []error
	for _, p := range problems {
		if p.Line != 1 || p.Column != 1 {
			all = append(all, p)
			continue
		}
		text := p.Wrong
		if p.Key != "" {
			text = p.Key + ": " + text
		}
		if p.Right != "" {
			text += "; " + p.Right
		}
		all = append(all, errors.New(text))
	}
	return errors.Join(all...)
}
