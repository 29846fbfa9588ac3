// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// dot and anyName are the parts of a path in a regular expression: a separator, and any name.
const (
	dot     = "[.]"
	anyName = "[^.]+"
)

// startMembers are the members of start's clientRequest that the operator sets from fields or
// Secrets. They are regular expressions of lower-case paths.
type startMembers struct {
	// objects are the members that contain others.
	objects []string

	// fields are the other members, grouped by their objects.
	fields []string
}

// rawParameterRule returns the rule that raw parameters must not set members that have a field.
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

// isOfAgora reports whether a field of spec.start is an object of start's clientRequest. The
// other fields belong to acquire's clientRequest or to the operator.
func isOfAgora(name string, schema apiextensionsv1.JSONSchemaProps) bool {
	return schema.Type == "object" && !namesSecret(name)
}

// namesSecret reports whether a field refers to a Secret. The members for the content of a
// Secret have other names, and a separate rule refuses them in plain text.
func namesSecret(name string) bool { return strings.HasSuffix(name, "SecretRef") }

// storageConfig returns spec.storage in Agora's form. The address of the service is in
// extensionParams. It includes the expiration of the key, which is in a Secret.
func storageConfig(spec apiextensionsv1.JSONSchemaProps) apiextensionsv1.JSONSchemaProps {
	config := *spec.DeepCopy()
	config.Properties["extensionParams"].Properties["endpoint"] = config.Properties["endpoint"]
	delete(config.Properties, "endpoint")
	config.Properties["stsExpiration"] = apiextensionsv1.JSONSchemaProps{Type: "integer"}
	return config
}

// addObject adds an object, and all of its members that have fields.
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

// areServices reports whether a list is a list of services. A path identifies a service by its
// name, and cannot contain other lists.
func areServices(list apiextensionsv1.JSONSchemaProps) bool {
	return len(list.XListMapKeys) == 1 && list.XListMapKeys[0] == "serviceName"
}
