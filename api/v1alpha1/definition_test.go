// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"fmt"
	"os"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// readDefinition returns the installed CRD.
func readDefinition() (apiextensionsv1.CustomResourceDefinition, error) {
	definition := apiextensionsv1.CustomResourceDefinition{}
	text, err := os.ReadFile("../../config/crd/bases/cloudrecording.dev_cloudrecordings.yaml")
	if err != nil {
		return definition, err
	}
	return definition, yaml.UnmarshalStrict(text, &definition)
}

// readSchema returns the schema of a CloudRecording.
func readSchema() (apiextensionsv1.JSONSchemaProps, error) {
	definition, err := readDefinition()
	if err != nil {
		return apiextensionsv1.JSONSchemaProps{}, err
	}
	return *definition.Spec.Versions[0].Schema.OpenAPIV3Schema, nil
}

// schemaAt returns the schema of a field. [] in a path stands for the items of a list.
func schemaAt(schema apiextensionsv1.JSONSchemaProps, path string) (apiextensionsv1.JSONSchemaProps, error) {
	for name := range strings.SplitSeq(path, ".") {
		name, isList := strings.CutSuffix(name, "[]")
		property, ok := schema.Properties[name]
		if !ok {
			return schema, fmt.Errorf("the CRD has no field %s", path)
		}
		schema = property
		if isList {
			schema = *property.Items.Schema
		}
	}
	return schema, nil
}
