// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"bytes"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// secret puts values into a Secret and returns the reference to it.
func (c *conversion) secret(purpose string, values members) (members, error) {
	secret := &corev1.Secret{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{Name: c.options.Name + "-" + purpose, Namespace: c.options.Namespace},
		StringData: map[string]string{},
	}
	for key, value := range values {
		text, ok := value.(string)
		if !ok || strings.TrimSpace(text) == "" {
			return nil, fmt.Errorf("%s is not a text, or is blank: Agora wants a text in quotation marks", key)
		}
		secret.StringData[key] = text
	}
	c.secrets = append(c.secrets, secret)
	return members{"name": secret.Name}, nil
}

// print writes all as YAML, the Secrets first.
func (c *conversion) print(spec members) ([]byte, error) {
	if len(c.raw) > 0 {
		c.start["rawParameters"] = c.raw
	}
	metadata := members{"name": c.options.Name}
	if c.options.Namespace != "" {
		metadata["namespace"] = c.options.Namespace
	}
	var documents [][]byte
	for _, secret := range c.secrets {
		document, err := yaml.Marshal(secret)
		if err != nil {
			return nil, fmt.Errorf("write the Secret %s as YAML: %w", secret.Name, err)
		}
		documents = append(documents, document)
	}
	document, err := yaml.Marshal(members{
		"apiVersion": v1alpha1.GroupVersion.String(), "kind": "CloudRecording", "metadata": metadata, "spec": spec,
	})
	if err != nil {
		return nil, fmt.Errorf("write the CloudRecording as YAML: %w", err)
	}
	if err := yaml.UnmarshalStrict(document, &v1alpha1.CloudRecording{}); err != nil {
		return nil, fmt.Errorf("a member of the body is of another type than Agora documents, such as a text in place of a number: %w", err)
	}
	return bytes.Join(append(documents, document), []byte("---\n")), nil
}
