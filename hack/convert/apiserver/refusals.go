// SPDX-License-Identifier: Apache-2.0

// Package apiserver reports why an API server would refuse a manifest.
package apiserver

import (
	"errors"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/config/crd"
	definition "cloudrecording.dev/operator/controllers/validation"
)

// The CRDs of the objects. Their rules are compiled once.
var (
	cloudRecordings        = sync.OnceValues(func() (*definition.Validator, error) { return definition.New(crd.CloudRecordings) })
	cloudRecordingProfiles = sync.OnceValues(func() (*definition.Validator, error) { return definition.New(crd.CloudRecordingProfiles) })
)

// RefusalsOfCloudRecording returns why an API server would refuse to create a CloudRecording
// from a manifest. It returns nothing for a valid manifest. The messages contain no values.
func RefusalsOfCloudRecording(manifest []byte) ([]string, error) {
	return refusals(cloudRecordings, manifest)
}

// RefusalsOfCloudRecordingProfile does the same for a CloudRecordingProfile.
func RefusalsOfCloudRecordingProfile(manifest []byte) ([]string, error) {
	return refusals(cloudRecordingProfiles, manifest)
}

func refusals(validator func() (*definition.Validator, error), manifest []byte) ([]string, error) {
	defined, err := validator()
	if err != nil {
		return nil, err
	}
	encoded, err := yaml.YAMLToJSONStrict(manifest)
	if err != nil {
		return nil, fmt.Errorf("read the manifest: %w", err)
	}
	// This decoder keeps integers as an API server does.
	var object map[string]any
	if err := json.Unmarshal(encoded, &object); err != nil {
		return nil, fmt.Errorf("read the manifest: %w", err)
	}
	if object == nil {
		return nil, errors.New("read the manifest: it is empty")
	}
	var meta struct {
		Metadata metav1.ObjectMeta `json:"metadata"`
	}
	if err := json.Unmarshal(encoded, &meta); err != nil {
		return nil, fmt.Errorf("read the manifest's metadata: %w", err)
	}
	return append(ofMetadata(meta.Metadata), defined.Refusals(object)...), nil
}

// RefusalsOfSecret returns why an API server would refuse to create a Secret. It returns
// nothing for a valid Secret.
func RefusalsOfSecret(secret *corev1.Secret) []string {
	refusals := ofMetadata(secret.ObjectMeta)
	size := 0
	for _, value := range secret.StringData {
		size += len(value)
	}
	if size > corev1.MaxSecretSize {
		refusals = append(refusals, fmt.Sprintf("the Secret %s has %d bytes, and may have %d", secret.Name, size, corev1.MaxSecretSize))
	}
	return refusals
}

// ofMetadata returns what is wrong with an object's name or namespace.
func ofMetadata(meta metav1.ObjectMeta) (refusals []string) {
	if meta.Namespace == "" {
		// kubectl sets the namespace of its context.
		meta.Namespace = metav1.NamespaceDefault
	}
	for _, refusal := range validation.ValidateObjectMeta(&meta, true, validation.NameIsDNSSubdomain, field.NewPath("metadata")) {
		refusals = append(refusals, refusal.Field+": "+refusal.Detail)
	}
	return refusals
}
