// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/convert/apiserver"
)

// secret puts values into a Secret and returns the reference to it.
func (c *conversion) secret(purpose string, values members) (members, error) {
	secret := &corev1.Secret{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{Name: c.options.Name + "-" + purpose, Namespace: c.options.Namespace},
		StringData: map[string]string{},
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		text, ok := values[key].(string)
		if !ok || strings.TrimSpace(text) == "" {
			return nil, fmt.Errorf("%s is not a text, or is blank: Agora wants a text in quotation marks", key)
		}
		if strings.TrimSpace(text) != text {
			c.note("the white space around %s is not sent.", key)
		}
		secret.StringData[key] = text
	}
	c.secrets = append(c.secrets, secret)
	return members{"name": secret.Name}, nil
}

// recording writes the CloudRecording as YAML.
func (c *conversion) recording(spec members) ([]byte, error) {
	if len(c.raw) > 0 {
		c.start["rawParameters"] = c.raw
	}
	metadata := members{"name": c.options.Name}
	if c.options.Namespace != "" {
		metadata["namespace"] = c.options.Namespace
	}
	document, err := yaml.Marshal(members{
		"apiVersion": v1alpha1.GroupVersion.String(), "kind": "CloudRecording", "metadata": metadata, "spec": spec,
	})
	if err != nil {
		return nil, fmt.Errorf("write the CloudRecording as YAML: %w", err)
	}
	return document, nil
}

// check asks the API server's own code whether it would take the manifests.
func (c *conversion) check(recording []byte) error {
	refusals, err := apiserver.RefusalsOfCloudRecording(recording)
	if err != nil {
		return fmt.Errorf("check the CloudRecording: %w", err)
	}
	for _, secret := range c.secrets {
		refusals = append(refusals, apiserver.RefusalsOfSecret(secret)...)
	}
	if len(refusals) > 0 {
		return refused(refusals)
	}
	return nil
}

// print writes all as YAML, the Secrets first.
func (c *conversion) print(recording []byte) ([]byte, error) {
	var documents [][]byte
	for _, secret := range c.secrets {
		document, err := yaml.Marshal(secret)
		if err != nil {
			return nil, fmt.Errorf("write the Secret %s as YAML: %w", secret.Name, err)
		}
		documents = append(documents, document)
	}
	return bytes.Join(append(documents, recording), []byte("---\n")), nil
}

// refused says what an API server would refuse.
func refused(refusals []string) error {
	slices.Sort(refusals)
	return fmt.Errorf("the API server would not take what the body gives (its clientRequest is spec.start, and its storageConfig is spec.storage): %s",
		strings.Join(slices.Compact(refusals), "; "))
}
