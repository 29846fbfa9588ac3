// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/config/crd"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/recipients"
)

// pathsOfSecrets returns the paths of all fields that name a Secret, within a type.
func pathsOfSecrets(path string, in reflect.Type) []string {
	switch in.Kind() {
	case reflect.Pointer:
		return pathsOfSecrets(path, in.Elem())
	case reflect.Slice:
		return pathsOfSecrets(path+"[]", in.Elem())
	case reflect.Struct:
	default:
		return nil
	}
	if strings.HasSuffix(in.Name(), "SecretReference") {
		return []string{path + ".name"}
	}
	var paths []string
	for i := range in.NumField() {
		name, _, _ := strings.Cut(in.Field(i).Tag.Get("json"), ",")
		if name == "" {
			paths = append(paths, pathsOfSecrets(path, in.Field(i).Type)...)
			continue
		}
		paths = append(paths, pathsOfSecrets(path+"."+name, in.Field(i).Type)...)
	}
	return paths
}

// TestSecretFieldsAreAllThatNameASecret has whoever adds a field that names a Secret have
// the API server find the recordings that name one by it: the Secret would be let go of
// otherwise while a recording needs it.
func TestSecretFieldsAreAllThatNameASecret(t *testing.T) {
	g := NewWithT(t)
	paths := pathsOfSecrets("spec", reflect.TypeFor[v1alpha1.CloudRecordingSpec]())
	// A list has no selectable fields. A recording can be stopped without what it holds.
	paths = slices.DeleteFunc(paths, func(path string) bool { return strings.Contains(path, "[].rtmpUrlSecretRef") })
	g.Expect(secretFields).To(ConsistOf(paths))
}

// TestTheDefinitionLetsFieldsBeSelected has the fields that recordings are selected by at
// the API server be selectable there. For one that is not, all recordings are read.
func TestTheDefinitionLetsFieldsBeSelected(t *testing.T) {
	g := NewWithT(t)
	definition := apiextensionsv1.CustomResourceDefinition{}
	g.Expect(yaml.UnmarshalStrict(crd.CloudRecordings, &definition)).To(Succeed())
	var selectable []string
	for _, field := range definition.Spec.Versions[0].SelectableFields {
		selectable = append(selectable, strings.TrimPrefix(field.JSONPath, "."))
	}
	// People select by the phase.
	g.Expect(selectable).To(ConsistOf(append(slices.Clone(secretFields), shardField, recipients.ChannelField, "status.phase")))
}

// TestThePolicyLetsTheNeededSecretsBeKept has the policy on Secrets know the keys of each
// Secret that a recording holds.
func TestThePolicyLetsTheNeededSecretsBeKept(t *testing.T) {
	g := NewWithT(t)
	policy, err := os.ReadFile("../config/policy/secrets_policy.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	recording, _ := recordingtest.NamingEverySecret()
	held := clientrequest.SecretsOfStart(recording)
	keys := []string{v1alpha1.CustomerIDKey, v1alpha1.CustomerSecretKey}
	for _, need := range (&clientrequest.Secrets{}).Needs(recording) {
		if slices.Contains(held, need.Secret) && !need.Optional {
			keys = append(keys, need.Key)
		}
	}
	g.Expect(len(keys)).To(BeNumerically(">", 5))
	for _, key := range keys {
		g.Expect(string(policy)).To(ContainSubstring("'"+key+"'"), "config/policy/secrets_policy.yaml does not let the operator keep a Secret with the key %s", key)
	}
}
