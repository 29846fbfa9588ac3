// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

// valuesSchema returns values.schema.json, with which Helm refuses unknown and invalid values.
func valuesSchema(values []value) (string, error) {
	root := newSection()
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	root["title"] = "Values of the chart of the cloud recording operator"
	// Helm passes this value to every chart.
	properties(root)["global"] = map[string]any{"type": "object"}
	for _, value := range values {
		section := root
		path := strings.Split(value.path, ".")
		for _, name := range path[:len(path)-1] {
			next, ok := properties(section)[name].(map[string]any)
			if !ok {
				next = newSection()
				properties(section)[name] = next
			}
			section = next
		}
		schema, err := value.fullSchema()
		if err != nil {
			return "", err
		}
		properties(section)[path[len(path)-1]] = schema
	}
	var written strings.Builder
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		return "", fmt.Errorf("encode the schema of the values: %w", err)
	}
	return written.String(), nil
}

func newSection() map[string]any {
	return map[string]any{"type": "object", "additionalProperties": false, "properties": map[string]any{}}
}

func properties(section map[string]any) map[string]any {
	found, _ := section["properties"].(map[string]any)
	return found
}

func (v value) fullSchema() (map[string]any, error) {
	kind, err := jsonType(v.byDefault)
	if err != nil {
		return nil, fmt.Errorf("the default of %s: %w", v.path, err)
	}
	schema := map[string]any{"type": kind, "description": v.meaning, "default": v.byDefault}
	maps.Copy(schema, v.schema)
	return schema, nil
}

func jsonType(value any) (string, error) {
	switch value.(type) {
	case bool:
		return "boolean", nil
	case string:
		return "string", nil
	case int64:
		return "integer", nil
	case map[string]any:
		return "object", nil
	case []any:
		return "array", nil
	}
	return "", fmt.Errorf("%T is no type of a value", value)
}
