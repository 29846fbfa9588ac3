// SPDX-License-Identifier: Apache-2.0

// Command rules adds validation rules to the CRDs that it derives from tables and types:
//
//	controller-gen crd output:crd:stdout … | rules --output <folder>
//
// Rules that are written by hand are markers in api/v1alpha1. Rules that would have to name
// every field, or every region, are made here.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

func main() {
	output := flag.String("output", "", "the folder that the CRDs are written to")
	flag.Parse()
	if err := run(os.Stdin, *output); err != nil {
		fmt.Fprintln(os.Stderr, "rules:", err)
		os.Exit(1)
	}
}

func run(input io.Reader, output string) error {
	if output == "" {
		return errors.New("give --output, the folder that the CRDs are written to")
	}
	generated, err := io.ReadAll(input)
	if err != nil {
		return fmt.Errorf("read the CRDs: %w", err)
	}
	completed, err := complete(generated)
	if err != nil {
		return err
	}
	for _, plural := range sortedKeys(completed) {
		file := filepath.Join(output, v1alpha1.GroupVersion.Group+"_"+plural+".yaml")
		if err := os.WriteFile(file, completed[plural], 0o644); err != nil { //nolint:gosec // everybody who has the repository reads it
			return fmt.Errorf("write a CRD: %w", err)
		}
	}
	return nil
}

const (
	recordings = "cloudrecordings"
	profiles   = "cloudrecordingprofiles"
	schedules  = "cloudrecordingschedules"
)

// complete returns the CRDs by plural name, with the rules that are derived from tables and
// types.
func complete(generated []byte) (map[string][]byte, error) {
	read := map[string]*apiextensionsv1.CustomResourceDefinition{}
	for document := range bytes.SplitSeq(generated, []byte("---\n")) {
		if len(bytes.TrimSpace(document)) == 0 {
			continue
		}
		definition, err := readDefinition(document)
		if err != nil {
			return nil, err
		}
		read[definition.Spec.Names.Plural] = definition
	}
	if expected := []string{profiles, recordings, schedules}; !slices.Equal(sortedKeys(read), expected) {
		return nil, fmt.Errorf("the CRDs are of %v, where %v were expected", sortedKeys(read), expected)
	}
	if err := completeSchemas(schemaIn(read[recordings]), *schemaIn(read[profiles])); err != nil {
		return nil, err
	}
	if err := completeSchedule(schemaIn(read[schedules]), *schemaIn(read[recordings])); err != nil {
		return nil, err
	}
	completed := map[string][]byte{}
	for plural, definition := range read {
		walk(schemaIn(definition), boundNumber)
		walk(schemaIn(definition), describe)
		encoded, err := encode(definition)
		if err != nil {
			return nil, err
		}
		completed[plural] = encoded
	}
	return completed, nil
}

func completeSchemas(recording *schema, profile schema) error {
	rules, err := rulesFor(*recording)
	if err != nil {
		return err
	}
	for _, placed := range rules {
		if err := addRule(recording, placed); err != nil {
			return err
		}
	}
	if err := completeResolved(*recording); err != nil {
		return err
	}
	return completeProfile(profile, *recording)
}

// placedRule is a rule with the path of its field.
type placedRule struct {
	path string
	rule apiextensionsv1.ValidationRule
}

// rulesFor returns all rules that are derived from tables and types.
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
