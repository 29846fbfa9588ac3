// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// startSecrets are what Secrets hold that Agora's start gets. They are empty
// where the spec names none.
type startSecrets struct {
	token            string
	decryptionSecret string
	decryptionSalt   string
	rtmpURL          string
	accessKey        string
	secretKey        string
	stsToken         string

	// stsExpiration is when stsToken lapses. It is no secret.
	stsExpiration string

	// version is the same as long as they are. It does not reveal them.
	version string
}

// String hides the secrets, so that none of them reaches a log by accident.
func (startSecrets) String() string { return "[secrets]" }

// GoString hides the secrets, so that none of them reaches a log by accident.
func (startSecrets) GoString() string { return "[secrets]" }

// all returns the secrets that there are.
func (s startSecrets) all() []string {
	secrets := []string{s.token, s.decryptionSecret, s.decryptionSalt, s.rtmpURL, s.accessKey, s.secretKey, s.stsToken}
	return slices.DeleteFunc(secrets, func(secret string) bool { return secret == "" })
}

// startKeys are the keys of Secrets that are read for a start. No other key of a
// Secret is: whoever may create a recording can name any Secret of the namespace.
var startKeys = []string{
	v1alpha1.TokenKey, v1alpha1.DecryptionSecretKey, v1alpha1.DecryptionSaltKey, v1alpha1.RTMPURLKey,
	v1alpha1.AccessKeyKey, v1alpha1.SecretKeyKey, v1alpha1.StsTokenKey, v1alpha1.StsExpirationKey,
}

// startSecret is what a Secret holds under startKeys.
type startSecret map[string]string

// value returns what the Secret holds of what is needed; empty if nothing.
func (s startSecret) value(need startSecretNeed) string {
	return cmp.Or(s[need.preferred], s[need.key])
}

// opensChannel says whether the Secret holds what a recorder joins a channel with.
func (s startSecret) opensChannel() bool {
	for key := range s {
		if key == v1alpha1.DecryptionSecretKey || isTokenKey(key) {
			return true
		}
	}
	return false
}

// tokenKey is the key of the token for a user ID, in a Secret with tokens for several.
func tokenKey(uid string) string { return v1alpha1.TokenKey + "-" + uid }

// isTokenKey says whether a key is one of tokens.
func isTokenKey(key string) bool {
	uid, hasUID := strings.CutPrefix(key, tokenKey(""))
	return key == v1alpha1.TokenKey || (hasUID && uid != "" && strings.Trim(uid, "0123456789") == "")
}

// newStartSecretStore returns a store that keeps of each Secret the keys that a
// start may need.
func newStartSecretStore(metadata, secrets client.Reader) *secretStore[startSecret] {
	return &secretStore[startSecret]{
		metadata: metadata,
		secrets:  secrets,
		parse: func(_ context.Context, secret *corev1.Secret) (startSecret, error) {
			return valuesForStart(secret), nil
		},
		missing: func(name types.NamespacedName) secretError {
			return secretError(fmt.Sprintf("Secret %q does not exist in namespace %q", name.Name, name.Namespace))
		},
	}
}

// valuesForStart returns what a Secret holds that a start may need. The token of a
// service account is none of Agora's, and must not get there.
func valuesForStart(secret *corev1.Secret) startSecret {
	values := startSecret{}
	if secret.Type == corev1.SecretTypeServiceAccountToken {
		return values
	}
	for key, content := range secret.Data {
		value := strings.TrimSpace(string(content))
		if value != "" && (slices.Contains(startKeys, key) || isTokenKey(key)) {
			values[key] = value
		}
	}
	return values
}

// startSecretNeed is a key of a Secret that a start needs.
type startSecretNeed struct {
	// field is the field of the spec that names the Secret.
	field string
	// secret is the name of the Secret.
	secret string
	key    string
	value  *string
	// optional says that the Secret may lack it.
	optional bool
	// preferred is a key that counts in place of key where the Secret has it.
	preferred string
	// fits says whether the value is of the form that Agora wants, and form is
	// that form, for people. Any value is if fits is nil.
	fits func(value string) bool
	form string
}

// isSalt says whether a value is 32 bytes as base64 text.
func isSalt(value string) bool {
	salt, err := base64.StdEncoding.DecodeString(value)
	return err == nil && len(salt) == 32
}

// isTime says whether a value is a number of seconds since 1970.
func isTime(value string) bool {
	seconds, err := strconv.ParseInt(value, 10, 64)
	return err == nil && seconds > 0
}

// needs returns what the recording's start needs, to be filled in.
func (s *startSecrets) needs(recording *v1alpha1.CloudRecording) []startSecretNeed {
	start, storage := recording.Spec.Start, recording.Spec.Storage
	var needs []startSecretNeed
	if ref := start.TokenSecretRef; ref != nil {
		needs = append(needs, startSecretNeed{field: "spec.start.tokenSecretRef", secret: ref.Name, key: v1alpha1.TokenKey, value: &s.token,
			preferred: tokenKey(uidOf(recording.Spec.UID, &recording.Status.SessionStatus))})
	}
	if config := start.RecordingConfig; config != nil && config.DecryptionSecretRef != nil {
		const field = "spec.start.recordingConfig.decryptionSecretRef"
		salted := config.DecryptionMode >= firstSaltedMode
		needs = append(needs,
			startSecretNeed{field: field, secret: config.DecryptionSecretRef.Name, key: v1alpha1.DecryptionSecretKey, value: &s.decryptionSecret},
			startSecretNeed{field: field, secret: config.DecryptionSecretRef.Name, key: v1alpha1.DecryptionSaltKey, value: &s.decryptionSalt,
				optional: !salted, fits: isSalt, form: "32 bytes as base64 text"})
	}
	if config := start.ExtensionServiceConfig; config != nil {
		for _, service := range config.ExtensionServices {
			for _, output := range service.ServiceParam.Outputs {
				needs = append(needs, startSecretNeed{field: "rtmpUrlSecretRef in spec.start.extensionServiceConfig",
					secret: output.RTMPURLSecretRef.Name, key: v1alpha1.RTMPURLKey, value: &s.rtmpURL})
			}
		}
	}
	if storage != nil && storage.CredentialsSecretRef != nil {
		const field = "spec.storage.credentialsSecretRef"
		needs = append(needs,
			startSecretNeed{field: field, secret: storage.CredentialsSecretRef.Name, key: v1alpha1.AccessKeyKey, value: &s.accessKey},
			startSecretNeed{field: field, secret: storage.CredentialsSecretRef.Name, key: v1alpha1.SecretKeyKey, value: &s.secretKey},
			startSecretNeed{field: field, secret: storage.CredentialsSecretRef.Name, key: v1alpha1.StsTokenKey, value: &s.stsToken, optional: true},
			startSecretNeed{field: field, secret: storage.CredentialsSecretRef.Name, key: v1alpha1.StsExpirationKey, value: &s.stsExpiration,
				optional: true, fits: isTime, form: "a whole number of seconds since 1970"})
	}
	return needs
}

// firstSaltedMode is the first of Agora's decryption modes that need a salt.
const firstSaltedMode = 7

// startSecretNames returns the names of the Secrets that the recording's start
// needs, as long as it may still have to be started.
func startSecretNames(recording *v1alpha1.CloudRecording) []string {
	if !awaitsStart(recording) {
		return nil
	}
	names := map[string]bool{}
	for _, need := range (&startSecrets{}).needs(recording) {
		names[need.secret] = true
	}
	return slices.Sorted(maps.Keys(names))
}
