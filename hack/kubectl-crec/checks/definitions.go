// SPDX-License-Identifier: Apache-2.0

package checks

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/controllers/definitions"
	"cloudrecording.dev/operator/hack/kubectl-crec/cluster"
)

// checkDefinitions checks that the cluster has every kind with all its fields.
func checkDefinitions(ctx context.Context, at *cluster.Cluster) (findings []Finding) {
	kinds := definitions.Kinds(at.Scheme())
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		findings = append(findings, checkDefinition(ctx, at, kind, kinds[kind]))
	}
	return findings
}

// DefinitionKind is the kind of a CustomResourceDefinition.
func DefinitionKind() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"}
}

func checkDefinition(ctx context.Context, at *cluster.Cluster, kind string, of reflect.Type) Finding {
	name := definitions.NameOf(kind)
	finding := Finding{"definition of " + kind, OK, "The CustomResourceDefinition has all fields of this version."}
	definition := &unstructured.Unstructured{}
	definition.SetGroupVersionKind(DefinitionKind())
	err := at.Get(ctx, client.ObjectKey{Name: name}, definition)
	switch {
	case apierrors.IsNotFound(err):
		return Finding{finding.Check, Failed, sentencef("There is no CustomResourceDefinition %s: install it by make install.", name)}
	case err != nil:
		return unknown(finding.Check, err)
	}
	var missing []string
	for _, field := range []string{"spec", "status"} {
		top, _ := of.FieldByName(strings.ToUpper(field[:1]) + field[1:])
		fields, err := definitions.MissingFields(definition, field, top.Type)
		if err != nil {
			return Finding{finding.Check, Failed, sentencef("The CustomResourceDefinition %s is of another version: %v. Apply the one that belongs to your operator, and use its plugin.", name, err)}
		}
		missing = append(missing, fields...)
	}
	if len(missing) > 0 {
		return Finding{finding.Check, Failed, sentencef("The CustomResourceDefinition %s lacks fields that this version writes, which the API server drops: %s. Apply the one that belongs to your operator.",
			name, strings.Join(missing, ", "))}
	}
	return finding
}
