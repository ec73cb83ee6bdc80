package console

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/swaggest/jsonschema-go"

	"srtm/access"
	"srtm/act"
)

// document answers with the OpenAPI document.
func (s *Server) document(*call) (any, error) { return json.RawMessage(s.api), nil }

// object is one of JSON.
type object = map[string]any

// describer makes an OpenAPI document, whose schemas are JSON Schema's.
type describer struct {
	reflector jsonschema.Reflector
	schemas   map[string]jsonschema.Schema // by name
}

// describe makes the OpenAPI document from the list of routes. It panics where a
// route cannot be described, which a test finds.
func (s *Server) describe() []byte {
	d := describer{schemas: map[string]jsonschema.Schema{}}
	d.reflector.AddTypeMapping(Exact(0), float64(0))
	d.reflector.AddTypeMapping(act.PerSecond(0), float64(0))
	paths := map[string]object{}
	for _, r := range s.routes() {
		if paths[base+r.path] == nil {
			paths[base+r.path] = object{}
		}
		paths[base+r.path][strings.ToLower(r.method)] = d.operation(r)
	}
	text, err := json.Marshal(object{
		"openapi": "3.1.0",
		"info": object{"title": "srtm", "version": s.source.Version, "description": "What a gateway of Service Request Traffic Management shows and does. " +
			"Rates are Service Requests per second, times are UTC. What cannot be met is answered with a problem (RFC 9457). " +
			"Where people sign in, programs send Authorization: Bearer with a token, or a client certificate."},
		"paths": paths,
		"components": object{"schemas": d.schemas, "securitySchemes": object{"token": object{
			"type": "http", "scheme": "bearer", "description": "A token of srtm user token, or local.token in the data folder."}}},
	})
	must(err)
	return text
}

var (
	wildcard = regexp.MustCompile(`{(\w+)}`)
	noWord   = regexp.MustCompile(`\W+`)
)

func (d *describer) operation(r route) object {
	answer := object{"description": "It is done."}
	switch {
	case r.stream != nil:
		answer["content"] = object{r.kind: object{"schema": object{"type": "string"}}}
	default:
		answer["content"] = object{"application/json": object{"schema": d.schema(r.out)}}
	}
	op := object{
		"operationId": strings.Trim(noWord.ReplaceAllString(strings.ToLower(r.method)+r.path, "_"), "_"), "summary": r.summary,
		"responses": object{strconv.Itoa(cmp.Or(r.status, http.StatusOK)): answer, "default": object{"description": "It cannot be met.",
			"content": object{"application/problem+json": object{"schema": d.schema(Problem{})}}}},
	}
	if r.need != anybody {
		op["security"] = []object{{"token": []string{}}}
		op["description"] = "Needs the right " + string(r.need) + "." + map[bool]string{true: " A Service User has it for its own account."}[r.need == access.See]
	}
	if r.in != nil {
		op["requestBody"] = object{"required": true, "content": object{"application/json": object{"schema": d.schema(r.in)}}}
	}
	if parameters := parametersOf(r); len(parameters) > 0 {
		op["parameters"] = parameters
	}
	return op
}

func parametersOf(r route) (all []object) {
	add := func(in, name, description string) {
		p := object{"in": in, "name": name, "required": in == "path", "schema": object{"type": "string"}}
		if description != "" {
			p["description"] = description
		}
		all = append(all, p)
	}
	for _, name := range wildcard.FindAllStringSubmatch(r.path, -1) {
		add("path", name[1], "")
	}
	if r.params == nil {
		return all
	}
	for field := range reflect.TypeOf(r.params).Fields() {
		for _, in := range []string{"query", "header"} {
			if name := field.Tag.Get(in); name != "" {
				add(in, name, field.Tag.Get("description"))
			}
		}
	}
	return all
}

// schema describes a value's type; those with a name are described once.
func (d *describer) schema(v any) any {
	schema, err := d.reflector.Reflect(v, jsonschema.DefinitionsPrefix("#/components/schemas/"), jsonschema.RootRef,
		jsonschema.CollectDefinitions(func(name string, s jsonschema.Schema) { d.schemas[name] = s }),
		jsonschema.InterceptProp(alwaysThere), jsonschema.InterceptSchema(nothingElse))
	if err != nil {
		panic(fmt.Errorf("describe %T: %w", v, err))
	}
	return schema
}

// alwaysThere has a property be required that Go always writes.
func alwaysThere(p jsonschema.InterceptPropParams) error {
	tag := p.Field.Tag.Get("json")
	if p.Processed && tag != "" && tag != "-" && !strings.Contains(tag, "omit") {
		p.ParentSchema.Required = append(p.ParentSchema.Required, p.Name)
	}
	return nil
}

// nothingElse has an object with named properties have no others.
func nothingElse(p jsonschema.InterceptSchemaParams) (stop bool, err error) {
	if p.Processed && len(p.Schema.Properties) > 0 {
		no := false
		p.Schema.AdditionalProperties = &jsonschema.SchemaOrBool{TypeBoolean: &no}
	}
	return false, nil
}
