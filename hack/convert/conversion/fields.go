// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// members are those of a JSON object.
type members = map[string]any

// objectOf returns a member that must be an object.
func objectOf(path string, value any) (members, error) {
	object, ok := value.(members)
	if !ok {
		return nil, fmt.Errorf("%s is not an object: Agora wants one", path)
	}
	return object, nil
}

// isEmpty says that a member says no more than an absent one: scripts fill in
// texts and lists that they have nothing for.
func isEmpty(value any) bool {
	list, isList := value.([]any)
	return value == nil || value == "" || isList && len(list) == 0
}

// fit returns a member as the type of a field has it. What the type has no field
// for becomes a raw parameter.
func (c *conversion) fit(path string, value any, field reflect.Type) (any, error) {
	switch field.Kind() {
	case reflect.Pointer:
		return c.fit(path, value, field.Elem())
	case reflect.Struct:
		return c.fitObject(path, value, field)
	case reflect.Slice:
		return c.fitList(path, value, field)
	default:
		return value, nil
	}
}

func (c *conversion) fitObject(path string, value any, structure reflect.Type) (any, error) {
	object, err := objectOf(path, value)
	if err != nil {
		return nil, err
	}
	fields := fieldsOf(structure)
	fitted := members{}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		field, known := fields[name]
		switch {
		case !known:
			err = c.addUnknown(path+"."+name, object[name], slices.Collect(maps.Keys(fields)))
		case !isEmpty(object[name]):
			fitted[name], err = c.fit(path+"."+name, object[name], field)
		}
		if err != nil {
			return nil, err
		}
	}
	return fitted, nil
}

func (c *conversion) fitList(path string, value any, list reflect.Type) (any, error) {
	elements, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("%s is not a list: Agora wants one", path)
	}
	fitted := make([]any, len(elements))
	for i, element := range elements {
		var err error
		if fitted[i], err = c.fit(fmt.Sprintf("%s[%d]", path, i), element, list.Elem()); err != nil {
			return nil, err
		}
	}
	return fitted, nil
}

// fieldsOf returns the types of the fields that have Agora's names, which those
// of references to Secrets have not.
func fieldsOf(structure reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for i := range structure.NumField() {
		field := structure.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !strings.HasSuffix(name, "SecretRef") {
			fields[name] = field.Type
		}
	}
	return fields
}

// The bounds of spec.start.rawParameters, and what it refuses.
const (
	maxRawParameters = 16
	maxRawName       = 128
	maxRawValue      = 4096
)

var (
	rawName    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*([.][A-Za-z_][A-Za-z0-9_]*)*$`)
	secretName = regexp.MustCompile(`(?i)secret|token|salt|key|password|rtmpurl`)
)

// addUnknown makes a raw parameter of a member that has no field.
func (c *conversion) addUnknown(path string, value any, known []string) error {
	name := path[strings.LastIndex(path, ".")+1:]
	for _, documented := range known {
		if strings.EqualFold(name, documented) {
			return fmt.Errorf("%s is spelled %s in Agora's documentation, which minds the case of letters: correct it", path, documented)
		}
	}
	return c.addRaw(path, value)
}

func (c *conversion) addRaw(path string, value any) error {
	const doWithout = "take it out of the body if the recording can do without it"
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write %s as JSON: %w", path, err)
	}
	switch {
	case secretName.MatchString(path) || namesSecret(value):
		return fmt.Errorf("%s may hold a secret, and there is no field for it: %s", path, doWithout)
	case !rawName.MatchString(path) || isClosed(path):
		return fmt.Errorf("%s cannot be converted, since there is no field for it: %s", path, doWithout)
	case len(path) > maxRawName || len(encoded) > maxRawValue:
		return fmt.Errorf("%s cannot be converted, since there is no field for it, and it is too long for spec.start.rawParameters: %s", path, doWithout)
	case len(c.raw) == maxRawParameters:
		return fmt.Errorf("the body has more than %d members without a field, which are more than spec.start.rawParameters takes: take out those that the recording can do without", maxRawParameters)
	}
	c.raw = append(c.raw, v1alpha1.RawParameter{Name: path, Value: string(encoded)})
	return nil
}

// isClosed says that rawParameters takes nothing at a path: what stands there
// decides over secrets.
func isClosed(path string) bool {
	outer, _, _ := strings.Cut(path, ".")
	return outer == "storageConfig" || outer == "extensionServiceConfig"
}

// namesSecret says whether a member within a value may be secret by its name.
func namesSecret(value any) bool {
	switch value := value.(type) {
	case members:
		for name, inner := range value {
			if secretName.MatchString(name) || namesSecret(inner) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, namesSecret)
	}
	return false
}
