package tmmd

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"srtm/policy"
)

// given is what the policy file itself says, by the path of the key: all values
// that are one word or line. The file has been checked: nothing in it means
// anything else than what stands there.
type given map[string]string

func givenIn(p *policy.Policy) given {
	g := given{}
	var root yaml.Node
	if len(p.Files) == 0 || yaml.Unmarshal(p.Files[0].Text, &root) != nil || len(root.Content) == 0 {
		return g
	}
	g.enter("", root.Content[0])
	if file, ok := g["portfolio"]; ok {
		g["portfolio.file"] = file
	}
	return g
}

func (g given) enter(path string, n *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			if path != "" {
				key = path + "." + key
			}
			g.enter(key, n.Content[i+1])
		}
	case yaml.SequenceNode:
		if path != "" {
			g[path] = ""
		}
		for i, item := range n.Content {
			g.enter(fmt.Sprintf("%s[%d]", path, i+1), item)
		}
	case yaml.ScalarNode:
		g[path] = n.Value
	}
}

// has tells whether the file has the key.
func (g given) has(path string) bool {
	_, ok := g[path]
	return ok
}
