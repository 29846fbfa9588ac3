// SPDX-License-Identifier: Apache-2.0

// Package validation predicts what an API server would refuse in a recording. It uses the
// API server's code and the installed definition.
package validation

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	schemavalidation "k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// Validator validates objects as an API server does with a CustomResourceDefinition. It
// is safe for concurrent use.
type Validator struct {
	structural *schema.Structural
	openAPI    schemavalidation.SchemaValidator
	rules      *cel.Validator
}

// New returns a Validator for a CustomResourceDefinition in YAML.
func New(manifest []byte) (*Validator, error) {
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
	openAPI, _, err := schemavalidation.NewSchemaValidator(&internal)
	if err != nil {
		return nil, fmt.Errorf("read the definition's schema: %w", err)
	}
	return &Validator{
		structural: structural, openAPI: openAPI, rules: cel.NewValidator(structural, true, celconfig.PerCallLimit),
	}, nil
}

// Refusals returns what is wrong with an object that is to be created, in the order in
// which an API server checks it. The texts do not contain the object's values. They are
// empty if the API server would accept the object. Refusals sets the defaults in the
// object.
func (v *Validator) Refusals(object map[string]any) (refusals []string) {
	unknown := pruning.PruneWithOptions(object, v.structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	for _, path := range unknown {
		refusals = append(refusals, fmt.Sprintf("there is no field %s", path))
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(object, v.structural)
	defaulting.Default(object, v.structural)
	ofForm := schemavalidation.ValidateCustomResource(nil, object, v.openAPI)
	ofForm = append(ofForm, listtype.ValidateListSetsAndMaps(nil, v.structural, object)...)
	for _, refusal := range ofForm {
		refusals = append(refusals, ofSchema(refusal))
	}
	if slices.ContainsFunc(ofForm, hindersRules) {
		return refusals
	}
	found, _ := v.rules.Validate(context.Background(), nil, v.structural, object, nil, celconfig.RuntimeCELCostBudget)
	for _, refusal := range found {
		refusals = append(refusals, refusal.Detail)
	}
	return refusals
}

// hindersRules reports whether a field is so malformed that rules cannot be evaluated.
func hindersRules(refusal *field.Error) bool {
	switch refusal.Type {
	case field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
		return true
	default:
		return false
	}
}

// ofSchema describes what is wrong with a field, without its value.
func ofSchema(refusal *field.Error) string {
	switch refusal.Type {
	case field.ErrorTypeRequired:
		return refusal.Field + " is missing"
	case field.ErrorTypeDuplicate:
		return refusal.Field + " is there twice"
	case field.ErrorTypeInvalid, field.ErrorTypeTypeInvalid:
		// The detail already begins with the field.
		return refusal.Detail
	default:
		return refusal.Field + ": " + refusal.Detail
	}
}
