// SPDX-License-Identifier: Apache-2.0

package secrets

import (
	"maps"
	"slices"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// TestTokenOfASession states that each user ID uses its own token if there is one.
func TestTokenOfASession(t *testing.T) {
	g := NewWithT(t)
	secret := StartSecret{"token": "for-all", "token-2": "for-2"}
	tokenOf := func(uid string) string {
		recording := recordingtest.ToStart(func(s *v1alpha1.CloudRecordingSpec) {
			s.UID, s.Start.TokenSecretRef = "1", &v1alpha1.TokenSecretReference{Name: "token"}
		})
		recording.Status.UID = uid
		return secret.value((&clientrequest.Secrets{}).Needs(recording)[0])
	}
	g.Expect(tokenOf("")).To(Equal("for-all"))
	g.Expect(tokenOf("2")).To(Equal("for-2"))
	g.Expect(tokenOf("3")).To(Equal("for-all"))
}

// TestSecretsNameAllThatTheyLack states what is said about a Secret that has only some
// keys.
func TestSecretsNameAllThatTheyLack(t *testing.T) {
	recording := recordingtest.ToStart(func(s *v1alpha1.CloudRecordingSpec) {
		s.Storage.CredentialsSecretRef = &v1alpha1.StorageSecretReference{Name: "bucket"}
	})
	needs := slices.DeleteFunc((&clientrequest.Secrets{}).Needs(recording), func(need clientrequest.SecretNeed) bool { return need.Secret != "bucket" })
	const which = `Secret "bucket", which spec.storage.credentialsSecretRef names, `
	for name, test := range map[string]struct {
		held     StartSecret
		expected string
	}{
		"nothing":           {nil, which + "lacks the keys accessKey and secretKey: put in what is missing or empty."},
		"one key":           {StartSecret{v1alpha1.AccessKeyKey: "a"}, which + "lacks the key secretKey: put in what is missing or empty."},
		"all that it needs": {StartSecret{v1alpha1.AccessKeyKey: "a", v1alpha1.SecretKeyKey: "s"}, ""},
		"one key, and another in a wrong form": {StartSecret{v1alpha1.SecretKeyKey: "s", v1alpha1.StsExpirationKey: "soon"},
			which + "lacks the key accessKey: put in what is missing or empty. The key stsExpiration of " + which + "does not hold a whole number of seconds since 1970: correct it."},
	} {
		t.Run(name, func(t *testing.T) { NewWithT(t).Expect(problemOfSecret(test.held, needs)).To(Equal(test.expected)) })
	}
}

// TestTheKeysThatAStartNeedsAreRead makes sure that whoever adds a key has it read, and no
// other.
func TestTheKeysThatAStartNeedsAreRead(t *testing.T) {
	g := NewWithT(t)
	recording, _ := recordingtest.NamingEverySecret()
	recording.Spec.UID = "1"
	keys := map[string]bool{}
	for _, need := range (&clientrequest.Secrets{}).Needs(recording) {
		keys[need.Key] = true
		for _, key := range []string{need.Key, need.Preferred} {
			held := valuesForStart(&corev1.Secret{Data: map[string][]byte{key: []byte("value")}})
			g.Expect(key == "" || held[key] == "value").To(BeTrue(), "%s of %s is not read", key, need.Field)
		}
	}
	g.Expect(slices.Collect(maps.Keys(keys))).To(ConsistOf(startKeys()))
}
