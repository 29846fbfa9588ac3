// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// members are the members of a JSON object.
type members = map[string]any

// objectOf returns a member that must be an object.
func objectOf(path string, value any) (members, error) {
	object, ok := value.(members)
	if !ok {
		return nil, fmt.Errorf("%s is not an object: Agora wants one", path)
	}
	return object, nil
}

// isEmpty reports whether a member is equivalent to an absent one. Scripts send empty texts and
// lists for settings that they do not use.
func isEmpty(value any) bool {
	list, isList := value.([]any)
	return value == nil || value == "" || isList && len(list) == 0
}

// leaveOutEmpty reports whether a member is empty, and records it in that case.
func (c *conversion) leaveOutEmpty(path string, value any) bool {
	if isEmpty(value) {
		c.empty = append(c.empty, path)
		return true
	}
	return false
}

// holds reports whether there is a value at a path.
func holds(object members, path string) bool {
	name, rest, nested := strings.Cut(path, ".")
	if !nested {
		return !isEmpty(object[name])
	}
	inner, _ := object[name].(members)
	return holds(inner, rest)
}

// remove removes the value at a path.
func remove(object members, path string) {
	name, rest, nested := strings.Cut(path, ".")
	if !nested {
		delete(object, name)
	} else if inner, ok := object[name].(members); ok {
		remove(inner, rest)
	}
}

// take removes members from an object, and returns those that are not empty.
func (c *conversion) take(path string, object members, names ...string) members {
	taken := members{}
	for _, name := range names {
		value, given := object[name]
		if given && !c.leaveOutEmpty(path+"."+name, value) {
			taken[name] = value
		}
		delete(object, name)
	}
	return taken
}

// fit returns a member in the form of a field's type. Members without a field become raw
// parameters.
func (c *conversion) fit(path string, value any, field reflect.Type) (any, error) {
	switch field.Kind() {
	case reflect.Pointer:
		return c.fit(path, value, field.Elem())
	case reflect.Struct:
		return c.fitObject(path, value, field)
	case reflect.Slice:
		return c.fitList(path, value, field)
	default:
		return value, checkKind(path, value, field.Kind())
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
			err = c.addUnknown(path+"."+name, object[name], slices.Sorted(maps.Keys(fields)))
		case !c.leaveOutEmpty(path+"."+name, object[name]):
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
		if fitted[i], err = c.fit(elementPath(path, i, element, list.Elem()), element, list.Elem()); err != nil {
			return nil, err
		}
	}
	return fitted, nil
}

// elementPath identifies a service by its name, as rawParameters does, and any other element by
// its index.
func elementPath(path string, i int, element any, kind reflect.Type) string {
	if kind == reflect.TypeFor[v1alpha1.ExtensionService]() {
		service, _ := element.(members)
		if name, ok := service["serviceName"].(string); ok && name != "" {
			return path + "." + name
		}
	}
	return fmt.Sprintf("%s[%d]", path, i)
}

// checkKind returns an error with the documented kind if a value is of another kind.
func checkKind(path string, value any, kind reflect.Kind) error {
	fits, wanted := false, "a text, in quotation marks"
	switch kind {
	case reflect.String:
		_, fits = value.(string)
	case reflect.Bool:
		_, fits = value.(bool)
		wanted = "true or false"
	case reflect.Float64:
		fits, wanted = isNumber(value), "a number, without quotation marks"
	default:
		fits, wanted = isInt32(value), "a whole number, without quotation marks and not above 2147483647"
	}
	if !fits {
		return fmt.Errorf("%s is of another type than Agora documents, which is %s: correct it", path, wanted)
	}
	return nil
}

// isNumber reports whether a value is a number. Numbers from the body are decoded as
// json.Number, and numbers that the conversion sets are integers.
func isNumber(value any) bool {
	switch value := value.(type) {
	case json.Number:
		_, err := value.Float64()
		return err == nil
	case int:
		return true
	default:
		return false
	}
}

func isInt32(value any) bool {
	if number, ok := value.(json.Number); ok {
		float, err := number.Float64()
		return err == nil && float == math.Trunc(float) && math.Abs(float) <= math.MaxInt32
	}
	return isNumber(value)
}

// fieldsOf returns the types of the fields that have Agora's names. References to Secrets do
// not have such names.
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

// addUnknown makes a raw parameter of start from a member without a field.
func (c *conversion) addUnknown(path string, value any, known []string) error {
	if err := checkSpelling(path, known); err != nil {
		return err
	}
	if c.leaveOutMisplaced(path) {
		return nil
	}
	return c.addRaw(v1alpha1.RawParameterMethodStart, path, value)
}

// checkSpelling compares the name of a member with the names that Agora documents for its
// object.
func checkSpelling(path string, known []string) error {
	name := path[strings.LastIndex(path, ".")+1:]
	for _, documented := range known {
		if name != documented && strings.EqualFold(name, documented) {
			return fmt.Errorf("%s is spelled %s in Agora's documentation, which minds the case of letters: correct it", path, documented)
		}
	}
	return nil
}

// maxRawValue is the maximum length of a value in spec.start.rawParameters.
const maxRawValue = 4096

// rawName is the form of a path in spec.start.rawParameters. It cannot contain lists.
var rawName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*([.][A-Za-z_][A-Za-z0-9_]*)*$`)

// addRaw adds a raw parameter. The rules of the API server determine whether it is allowed.
func (c *conversion) addRaw(method v1alpha1.RawParameterMethod, path string, value any) error {
	const doWithout = "take it out of the body if the recording can do without it"
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("write %s as JSON: %w", path, err)
	}
	text := strings.TrimSpace(encoded.String())
	switch {
	case !rawName.MatchString(path):
		return fmt.Errorf("%s cannot be converted, since there is no field for it: %s", path, doWithout)
	case len(text) > maxRawValue:
		return fmt.Errorf("%s cannot be converted, since there is no field for it, and it is too long for spec.start.rawParameters: %s", path, doWithout)
	}
	parameter := v1alpha1.RawParameter{Name: path, Value: text}
	if method != v1alpha1.RawParameterMethodStart {
		parameter.Method = method
	}
	c.raw = append(c.raw, parameter)
	return nil
}
