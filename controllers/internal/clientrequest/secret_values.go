// SPDX-License-Identifier: Apache-2.0

package clientrequest

import (
	"cmp"
	"encoding/base64"
	"reflect"
	"strconv"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// SecretText is a value from a Secret. It does not reach a log by accident.
type SecretText string

// String hides the text.
func (SecretText) String() string { return "[secret]" }

// GoString hides the text.
func (SecretText) GoString() string { return "[secret]" }

// Secrets are the values from Secrets that Agora's start gets, or that its token is minted
// from, each with its key. A value is empty if the spec names no Secret with it.
type Secrets struct {
	Token            SecretText `key:"token"`
	AppCertificate   SecretText `key:"appCertificate"`
	DecryptionSecret SecretText `key:"secret"`
	DecryptionSalt   SecretText `key:"salt"`
	RTMPURL          SecretText `key:"rtmpUrl"`
	AccessKey        SecretText `key:"accessKey"`
	SecretKey        SecretText `key:"secretKey"`
	StsToken         SecretText `key:"stsToken"`

	// StsExpiration is when StsToken expires, in seconds since 1970.
	StsExpiration SecretText `key:"stsExpiration"`

	// Version stays the same as long as the values do. It does not reveal them.
	Version string
}

// String hides the secrets, so that none of them reaches a log by accident.
func (Secrets) String() string { return "[secrets]" }

// GoString hides the secrets, so that none of them reaches a log by accident.
func (Secrets) GoString() string { return "[secrets]" }

// All returns the texts that must be redacted from an answer that repeats them: every
// SecretText, so that nobody has to remember to add a new one.
func (s Secrets) All() []string {
	var all []string
	for _, field := range reflect.ValueOf(s).Fields() {
		if field.Type() == reflect.TypeFor[SecretText]() && field.String() != "" {
			all = append(all, field.String())
		}
	}
	return all
}

// SecretKeys returns the keys under which Secrets hold these values.
func SecretKeys() (keys []string) {
	for field := range reflect.TypeFor[Secrets]().Fields() {
		if key := field.Tag.Get("key"); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// TokenKey returns the key of the token for a user ID, in a Secret with tokens for several
// users.
func TokenKey(uid string) string { return v1alpha1.TokenKey + "-" + uid }

// SecretNeed is a key of a Secret that a start needs.
type SecretNeed struct {
	// Field is the field of the spec that names the Secret.
	Field string
	// Secret is the name of the Secret.
	Secret string
	Key    string
	// Value receives what the Secret holds.
	Value *SecretText
	// Optional means that the Secret may lack the key.
	Optional bool
	// Preferred is a key that replaces Key if the Secret has it.
	Preferred string
	// Fits reports whether the value has the form that Agora wants, and Form describes that
	// form for people. If Fits is nil, any value will do.
	Fits func(value string) bool
	Form string
}

// isSalt reports whether a value is 32 bytes, encoded as base64.
func isSalt(value string) bool {
	salt, err := base64.StdEncoding.DecodeString(value)
	return err == nil && len(salt) == 32
}

// isTime reports whether a value is a number of seconds since 1970.
func isTime(value string) bool {
	seconds, err := strconv.ParseInt(value, 10, 64)
	return err == nil && seconds > 0
}

// Needs returns what the recording's start needs, for the caller to fill in.
func (s *Secrets) Needs(recording *v1alpha1.CloudRecording) []SecretNeed {
	// A recording whose profile is not in effect yet may have no start of its own.
	start, storage := cmp.Or(recording.Spec.Start, &v1alpha1.StartSpec{}), recording.Spec.Storage
	needs := s.tokenNeeds(recording, start)
	if config := start.RecordingConfig; config != nil && config.DecryptionSecretRef != nil {
		const field = "spec.start.recordingConfig.decryptionSecretRef"
		salted := config.DecryptionMode >= firstSaltedMode
		needs = append(needs,
			SecretNeed{Field: field, Secret: config.DecryptionSecretRef.Name, Key: v1alpha1.DecryptionSecretKey, Value: &s.DecryptionSecret},
			SecretNeed{Field: field, Secret: config.DecryptionSecretRef.Name, Key: v1alpha1.DecryptionSaltKey, Value: &s.DecryptionSalt,
				Optional: !salted, Fits: isSalt, Form: "32 bytes as base64 text"})
	}
	if config := start.ExtensionServiceConfig; config != nil {
		for _, service := range config.ExtensionServices {
			for _, output := range service.ServiceParam.Outputs {
				needs = append(needs, SecretNeed{Field: "rtmpUrlSecretRef in spec.start.extensionServiceConfig",
					Secret: output.RTMPURLSecretRef.Name, Key: v1alpha1.RTMPURLKey, Value: &s.RTMPURL})
			}
		}
	}
	if storage != nil && storage.CredentialsSecretRef != nil {
		const field = "spec.storage.credentialsSecretRef"
		needs = append(needs,
			SecretNeed{Field: field, Secret: storage.CredentialsSecretRef.Name, Key: v1alpha1.AccessKeyKey, Value: &s.AccessKey},
			SecretNeed{Field: field, Secret: storage.CredentialsSecretRef.Name, Key: v1alpha1.SecretKeyKey, Value: &s.SecretKey},
			SecretNeed{Field: field, Secret: storage.CredentialsSecretRef.Name, Key: v1alpha1.StsTokenKey, Value: &s.StsToken, Optional: true},
			SecretNeed{Field: field, Secret: storage.CredentialsSecretRef.Name, Key: v1alpha1.StsExpirationKey, Value: &s.StsExpiration,
				Optional: true, Fits: isTime, Form: "a whole number of seconds since 1970"})
	}
	return needs
}

// tokenNeeds returns what is needed to have the token, or to mint it.
func (s *Secrets) tokenNeeds(recording *v1alpha1.CloudRecording, start *v1alpha1.StartSpec) (needs []SecretNeed) {
	if ref := start.TokenSecretRef; ref != nil {
		needs = append(needs, SecretNeed{Field: "spec.start.tokenSecretRef", Secret: ref.Name, Key: v1alpha1.TokenKey, Value: &s.Token,
			Preferred: TokenKey(lifecycle.UIDOf(recording.Spec.UID, &recording.Status.SessionStatus))})
	}
	if ref := start.AppCertificateSecretRef; ref != nil {
		needs = append(needs, SecretNeed{Field: "spec.start.appCertificateSecretRef", Secret: ref.Name, Key: v1alpha1.AppCertificateKey, Value: &s.AppCertificate})
	}
	if name := recording.Spec.CredentialsSecretRef.Name; len(needs) == 0 && name != "" && recording.Spec.Mode != v1alpha1.WebMode {
		needs = append(needs, SecretNeed{Field: "spec.credentialsSecretRef", Secret: name,
			Key: v1alpha1.AppCertificateKey, Value: &s.AppCertificate, Optional: true})
	}
	return needs
}

// firstSaltedMode is the first of Agora's decryption modes that need a salt.
const firstSaltedMode = 7

// IsOfSameSecret reports whether two needs refer to the Secret that one field names.
func (n SecretNeed) IsOfSameSecret(other SecretNeed) bool {
	return n.Secret == other.Secret && n.Field == other.Field
}
