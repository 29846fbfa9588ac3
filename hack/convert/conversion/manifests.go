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

// secret is a Secret of a recording.
type secret struct {
	manifest *corev1.Secret
	// purpose is the purpose of the Secret, which is the suffix of its name.
	purpose string
	// reference is the reference to it in the spec.
	reference members
}

// rename renames the Secret, also in the spec.
func (s secret) rename(name string) {
	s.manifest.Name, s.reference["name"] = name, name
}

// secret stores values in a Secret and returns the reference to it.
func (c *conversion) secret(purpose string, values members) (members, error) {
	manifest := &corev1.Secret{
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
		manifest.StringData[key] = text
	}
	reference := members{"name": manifest.Name}
	c.secrets = append(c.secrets, secret{manifest, purpose, reference})
	return reference, nil
}

// recording returns the CloudRecording as YAML.
func (c *conversion) recording(spec members) ([]byte, error) {
	document, err := yaml.Marshal(members{
		"apiVersion": v1alpha1.GroupVersion.String(), "kind": recordingKind, "metadata": metadata(c.options.Name, c.options.Namespace), "spec": spec,
	})
	if err != nil {
		return nil, fmt.Errorf("write the CloudRecording as YAML: %w", err)
	}
	return document, nil
}

// metadata names a namespace only if one is given.
func metadata(name, namespace string) members {
	metadata := members{"name": name}
	if namespace != "" {
		metadata["namespace"] = namespace
	}
	return metadata
}

// check runs the API server's own validation on the manifests.
func (c *conversion) check(spec members) error {
	recording, err := c.recording(spec)
	if err != nil {
		return err
	}
	refusals, err := apiserver.RefusalsOfCloudRecording(recording)
	if err != nil {
		return fmt.Errorf("check the CloudRecording: %w", err)
	}
	for _, secret := range c.secrets {
		refusals = append(refusals, apiserver.RefusalsOfSecret(secret.manifest)...)
	}
	if len(refusals) > 0 {
		return refused(refusals)
	}
	return nil
}

// print returns all manifests as YAML, the Secrets first.
func (c *conversion) print(spec members) ([]byte, error) {
	recording, err := c.recording(spec)
	if err != nil {
		return nil, err
	}
	documents, err := printSecrets(c.secrets)
	return join(append(documents, recording)), err
}

// printSecrets returns each Secret as YAML.
func printSecrets(secrets []secret) (documents [][]byte, err error) {
	for _, secret := range secrets {
		document, err := yaml.Marshal(secret.manifest)
		if err != nil {
			return nil, fmt.Errorf("write the Secret %s as YAML: %w", secret.manifest.Name, err)
		}
		documents = append(documents, document)
	}
	return documents, nil
}

// join joins documents to one file.
func join(documents [][]byte) []byte { return bytes.Join(documents, []byte("---\n")) }

// refused returns an error with everything that an API server would refuse.
func refused(refusals []string) error {
	slices.Sort(refusals)
	return fmt.Errorf("the API server would not take what the body gives (its clientRequest is spec.start, and its storageConfig is spec.storage): %s",
		strings.Join(slices.Compact(refusals), "; "))
}
