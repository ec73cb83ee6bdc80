package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// MaxFile is the largest scenario file that Parse takes, in bytes.
const MaxFile = 4 << 20

// Parse reads a scenario file. Its error names, for each of the first faults,
// the line, what is wrong there and what would be right; unknown keys are
// faults. What Parse returns has passed Check.
func Parse(file []byte) (*Scenario, error) {
	s, err := parse(file)
	if err != nil {
		return nil, fmt.Errorf("read a scenario: %w", err)
	}
	return s, nil
}

func parse(file []byte) (*Scenario, error) {
	if len(file) > MaxFile {
		return nil, fmt.Errorf("the file has %d bytes; %d are the most", len(file), MaxFile)
	}
	root, err := document(file)
	if err != nil {
		return nil, err
	}
	p := &parser{mixes: make(map[string]Mix), shapes: make(map[string]Shape), kinds: make(map[string]kindOf)}
	s := p.scenario(root)
	if err := p.err(); err != nil {
		return nil, err
	}
	return s, s.Check()
}

// document returns the root of the one document in a file.
func document(file []byte) (*yaml.Node, error) {
	loader, err := yaml.NewLoader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	var only, second yaml.Node
	err = loader.Load(&only)
	if errors.Is(err, io.EOF) || err == nil && len(only.Content) != 1 {
		return nil, errors.New("the file is empty; it needs name, for and users")
	}
	if err != nil {
		return nil, err
	}
	if err := loader.Load(&second); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file holds more than one document; make two files of it")
	}
	return only.Content[0], nil
}

// parser reads a file's parts in the order in which they need each other.
type parser struct {
	reader
	mixes  map[string]Mix
	shapes map[string]Shape
	kinds  map[string]kindOf
}

// habits are what a Service User does unless it, or a part, says otherwise.
type habits struct {
	client  Client
	devices uint64
	mix     Mix
	spacing Spacing
}

const habitKeys = "devices mix arrivals timeout retry critical"

func (p *parser) scenario(n *yaml.Node) *Scenario {
	const what = "a scenario"
	keys := p.keys(n, what, strings.Fields("name seed for starts defaults mixes shapes kinds users "+settingKeys)...)
	s := &Scenario{Seed: 1}
	for _, key := range []string{"name", "for", "users"} {
		if keys[key] == nil {
			p.fault(n, "%s needs the key %s", what, key)
		}
	}
	if v := keys["name"]; v != nil {
		s.Name = read(&p.reader, v, "name", parseName)
	}
	if v := keys["seed"]; v != nil {
		s.Seed = read(&p.reader, v, "seed", parseSeed)
	}
	if v := keys["for"]; v != nil {
		s.Length = read(&p.reader, v, "for", parseDuration)
	}
	if v := keys["starts"]; v != nil {
		s.Starts = read(&p.reader, v, "starts", parseStart)
	}
	if v := keys["mixes"]; v != nil {
		p.ownMixes(v)
	}
	if v := keys["shapes"]; v != nil {
		p.ownShapes(v)
	}
	base := habits{client: DefaultClient(), devices: 100_000}
	if v := keys["defaults"]; v != nil {
		base = p.habits(p.keys(v, "defaults", strings.Fields(habitKeys)...), base)
	}
	p.setting(keys, s)
	if v := keys["kinds"]; v != nil && len(p.faults) == 0 {
		p.ownKinds(v, s, base)
	}
	if v := keys["users"]; v != nil && len(p.faults) == 0 {
		s.Users = p.users(v, s, base)
	}
	return s
}

func parseName(text string) (string, error) {
	if text == "" || len(text) > 200 || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' }) {
		return "", fmt.Errorf("%q is no name; one line of 1 to 200 bytes is", clip(text))
	}
	return text, nil
}

func (p *parser) habits(keys map[string]*yaml.Node, h habits) habits {
	if v := keys["devices"]; v != nil {
		h.devices = read(&p.reader, v, "devices", parseCount(MaxDevices))
	}
	if v := keys["mix"]; v != nil {
		h.mix = p.mix(v)
	}
	if v := keys["arrivals"]; v != nil {
		h.spacing = read(&p.reader, v, "arrivals", parseSpacing)
	}
	if v := keys["timeout"]; v != nil {
		h.client.Timeout = read(&p.reader, v, "timeout", parseDuration)
		p.client(v, &h.client)
	}
	if v := keys["retry"]; v != nil {
		p.retry(v, &h.client.Retry)
		p.client(v, &h.client)
	}
	if v := keys["critical"]; v != nil {
		p.critical(v, &h.client)
		p.client(v, &h.client)
	}
	return h
}

// client reports what is wrong with a client at the key that made it so.
func (p *parser) client(n *yaml.Node, c *Client) {
	if len(p.faults) > 0 {
		return
	}
	if err := c.check(); err != nil {
		p.fault(n, "%v", err)
	}
}
