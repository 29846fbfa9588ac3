// SPDX-License-Identifier: Apache-2.0

// Package apiserver tells what an API server would refuse of a manifest, by the code
// of the API server and the definition that is installed.
package apiserver

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/config/crd"
)

// definition is what an API server makes of a CustomResourceDefinition.
type definition struct {
	structural *schema.Structural
	openAPI    validation.SchemaValidator
	rules      *cel.Validator
}

// cloudRecordings is the definition of CloudRecordings. Its rules are compiled once.
var cloudRecordings = sync.OnceValues(func() (*definition, error) { return newDefinition(crd.CloudRecordings) })

func newDefinition(manifest []byte) (*definition, error) {
	var read apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(manifest, &read); err != nil {
		return nil, fmt.Errorf("read the definition: %w", err)
	}
	if versions := len(read.Spec.Versions); versions != 1 {
		return nil, fmt.Errorf("read the definition: it has %d versions, where one was expected", versions)
	}
	var internal apiextensions.JSONSchemaProps
	err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(read.Spec.Versions[0].Schema.OpenAPIV3Schema, &internal, nil)
	if err != nil {
		return nil, fmt.Errorf("read the definition's schema: %w", err)
	}
	structural, err := schema.NewStructural(&internal)
	if err != nil {
		return nil, fmt.Errorf("read the definition's structure: %w", err)
	}
	openAPI, _, err := validation.NewSchemaValidator(&internal)
	if err != nil {
		return nil, fmt.Errorf("read the definition's schema: %w", err)
	}
	return &definition{
		structural: structural, openAPI: openAPI, rules: cel.NewValidator(structural, true, celconfig.PerCallLimit),
	}, nil
}

// refusals returns what is wrong with an object, in the order in which an API server
// looks for it. The object gets its defaults.
func (d *definition) refusals(object map[string]any) (refusals []string) {
	unknown := pruning.PruneWithOptions(object, d.structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	for _, path := range unknown {
		refusals = append(refusals, fmt.Sprintf("there is no field %s", path))
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(object, d.structural)
	defaulting.Default(object, d.structural)
	ofForm := validation.ValidateCustomResource(nil, object, d.openAPI)
	ofForm = append(ofForm, listtype.ValidateListSetsAndMaps(nil, d.structural, object)...)
	for _, refusal := range ofForm {
		refusals = append(refusals, ofSchema(refusal))
	}
	if slices.ContainsFunc(ofForm, hindersRules) {
		return refusals
	}
	found, _ := d.rules.Validate(context.Background(), nil, d.structural, object, nil, celconfig.RuntimeCELCostBudget)
	for _, refusal := range found {
		refusals = append(refusals, refusal.Detail)
	}
	return refusals
}

// hindersRules says whether a field is of a form on which rules cannot be run.
func hindersRules(refusal *field.Error) bool {
	switch refusal.Type {
	case field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
		return true
	default:
		return false
	}
}
