// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// dot separates the names of a path in a regular expression, and anyName is one.
const (
	dot     = "[.]"
	anyName = "[^.]+"
)

// startMembers are those members of start's clientRequest that have fields, or Secrets,
// of the operator's, as regular expressions of their paths in small letters.
type startMembers struct {
	// objects hold members that have fields.
	objects []string

	// fields are the others, by the objects that hold them.
	fields []string
}

// rawParameterRule returns the rule that what has a field of its own is set there.
func rawParameterRule(schema apiextensionsv1.JSONSchemaProps) (placedRule, error) {
	start, err := find(schema, "spec.start")
	if err != nil {
		return placedRule{}, err
	}
	storage, err := find(schema, "spec.storage")
	if err != nil {
		return placedRule{}, err
	}
	members := &startMembers{}
	for _, name := range sortedKeys(start.schema.Properties) {
		if object := start.schema.Properties[name]; isOfAgora(name, object) {
			members.addObject(strings.ToLower(name), object)
		}
	}
	members.addObject("storageconfig", storageConfig(storage.schema))
	return placedRule{"spec.start.rawParameters[]", apiextensionsv1.ValidationRule{
		Rule: fmt.Sprintf("self.method != 'start' || (!self.name.lowerAscii().matches('^(%s)$') && !self.name.lowerAscii().matches('^(%s)(%s.*)?$'))",
			strings.Join(members.objects, "|"), strings.Join(members.fields, "|"), dot),
		MessageExpression: "self.name + ' in spec.start.rawParameters has a field of its own, however its letters are capitalized: set it there'",
	}}, nil
}

// isOfAgora says whether a field of spec.start is an object of start's clientRequest.
// The others go into that of acquire, or are the operator's.
func isOfAgora(name string, schema apiextensionsv1.JSONSchemaProps) bool {
	return schema.Type == "object" && !namesSecret(name)
}

// namesSecret says whether a field names a Secret: what that holds has another name,
// and a rule of its own refuses it in the open.
func namesSecret(name string) bool { return strings.HasSuffix(name, "SecretRef") }

// storageConfig returns spec.storage as Agora has it: with the address of the service
// in extensionParams, and with when the key lapses, which stands in a Secret.
func storageConfig(spec apiextensionsv1.JSONSchemaProps) apiextensionsv1.JSONSchemaProps {
	config := *spec.DeepCopy()
	config.Properties["extensionParams"].Properties["endpoint"] = config.Properties["endpoint"]
	delete(config.Properties, "endpoint")
	config.Properties["stsExpiration"] = apiextensionsv1.JSONSchemaProps{Type: "integer"}
	return config
}

// addObject adds an object and all members that it has fields for.
func (m *startMembers) addObject(path string, object apiextensionsv1.JSONSchemaProps) {
	m.objects = append(m.objects, path)
	var fields []string
	for _, name := range sortedKeys(object.Properties) {
		property, inner := object.Properties[name], path+dot+strings.ToLower(name)
		switch {
		case namesSecret(name):
		case property.Type == "object":
			m.addObject(inner, property)
		case areServices(property):
			m.objects = append(m.objects, inner)
			m.addObject(inner+dot+anyName, *property.Items.Schema)
		default:
			fields = append(fields, strings.ToLower(name))
		}
	}
	m.fields = append(m.fields, path+dot+"("+strings.Join(fields, "|")+")")
}

// areServices says whether a list is one of services: a path leads through it by the
// name of a service, and through no other list.
func areServices(list apiextensionsv1.JSONSchemaProps) bool {
	return len(list.XListMapKeys) == 1 && list.XListMapKeys[0] == "serviceName"
}
