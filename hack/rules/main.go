// SPDX-License-Identifier: Apache-2.0

// Command rules adds to the CRD the validation rules that follow from tables and types:
//
//	controller-gen crd output:crd:stdout … | rules --output <file>
//
// A rule that is written by hand is a marker in api/v1alpha1. What would have to name
// every field, or every region, is made here.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
)

func main() {
	output := flag.String("output", "", "the file that the CRD is written to")
	flag.Parse()
	if err := run(os.Stdin, *output); err != nil {
		fmt.Fprintln(os.Stderr, "rules:", err)
		os.Exit(1)
	}
}

func run(input io.Reader, output string) error {
	if output == "" {
		return errors.New("give --output, the file that the CRD is written to")
	}
	definition, err := io.ReadAll(input)
	if err != nil {
		return fmt.Errorf("read the CRD: %w", err)
	}
	completed, err := complete(definition)
	if err != nil {
		return err
	}
	return os.WriteFile(output, completed, 0o644) //nolint:gosec // everybody who has the repository reads it
}

// complete returns the CRD with the rules that follow from tables and types.
func complete(definition []byte) ([]byte, error) {
	schema, err := schemaOf(definition)
	if err != nil {
		return nil, err
	}
	rules, err := rulesFor(schema)
	if err != nil {
		return nil, err
	}
	return addRules(definition, rules)
}

// schemaOf returns the schema of a CloudRecording.
func schemaOf(definition []byte) (apiextensionsv1.JSONSchemaProps, error) {
	read := apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.UnmarshalStrict(definition, &read); err != nil {
		return apiextensionsv1.JSONSchemaProps{}, fmt.Errorf("read the CRD: %w", err)
	}
	if len(read.Spec.Versions) != 1 || read.Spec.Versions[0].Schema == nil || read.Spec.Versions[0].Schema.OpenAPIV3Schema == nil {
		return apiextensionsv1.JSONSchemaProps{}, errors.New("the CRD has not one version with a schema")
	}
	return *read.Spec.Versions[0].Schema.OpenAPIV3Schema, nil
}

// placedRule is a rule and the path of the field that it stands at.
type placedRule struct {
	path string
	rule apiextensionsv1.ValidationRule
}

// rulesFor returns all rules that follow from tables and types.
func rulesFor(schema apiextensionsv1.JSONSchemaProps) ([]placedRule, error) {
	rules, err := immutabilityRules(schema, v1alpha1.ImmutabilityRules())
	if err != nil {
		return nil, err
	}
	rules = append(rules, regionRules()...)
	for _, made := range []func(apiextensionsv1.JSONSchemaProps) (placedRule, error){rawParameterRule, publisherRule} {
		rule, err := made(schema)
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule)
	}
	return rules, nil
}
