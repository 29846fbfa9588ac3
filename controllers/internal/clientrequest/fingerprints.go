// SPDX-License-Identifier: Apache-2.0

package clientrequest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// Fingerprints show whether the parts of a recording have changed. The fingerprint of a
// part that the recording does not have is empty.
//
// A status shows them to people who may read recordings but not Secrets. Most parts are in
// the spec anyway, and a key for the bucket with an stsToken is too long and too random to
// be guessed. But the stream key in a CDN address may be anything that somebody has thought
// of. Its fingerprint is keyed with the account's secret, without which no guess can be
// tried.
type Fingerprints [Sections]string

// fingerprintVersion is the prefix of every fingerprint. It must change whenever the same
// spec and Secrets would result in other members of a part: with a new default, a new field
// or another order. A fingerprint of another version does not tell whether somebody has
// changed the part, and must not cause an update of every running recording. So when this
// version first sees a recording, it assumes that Agora has what the spec and the Secrets
// say. An edit that was made while no operator ran, across such a change of version, is
// therefore not sent, and must be made again.
const fingerprintVersion = "1-"

// IsComparable reports whether a recorded fingerprint tells if a part has changed.
func IsComparable(fingerprint string) bool {
	return fingerprint == Uncertain || strings.HasPrefix(fingerprint, fingerprintVersion)
}

// fingerprintBytes is how many bytes of a hash are kept.
const fingerprintBytes = 16

// NewFingerprints returns the fingerprints of what an update can send. That of
// SectionPublishing is keyed with the account's secret, so that nobody can guess what it is
// of.
func NewFingerprints(uid types.UID, customerSecret string, parameters Parameters) Fingerprints {
	made := Fingerprints{}
	for p, members := range parameters.members {
		if len(members) == 0 || (Section(p) == SectionStorage && !parameters.shortLived) {
			continue
		}
		key := string(uid)
		if Section(p) == SectionPublishing {
			key += "/" + customerSecret
		}
		hash := hmac.New(sha256.New, []byte(key))
		_, _ = hash.Write(members) // never fails
		made[p] = fingerprintVersion + hex.EncodeToString(hash.Sum(nil)[:fingerprintBytes])
	}
	return made
}

// Uncertain takes the place of a fingerprint in a status if Agora was called for the part,
// and may or may not have received it. The part is sent again.
const Uncertain = "uncertain"

// Applied returns the field of a status with the fingerprint of a part.
func Applied(status *v1alpha1.AppliedParameters, part Section) *string {
	switch part {
	case SectionSubscription:
		return &status.Subscription
	case SectionLayout:
		return &status.Layout
	case SectionPage:
		return &status.Page
	case SectionPublishing:
		return &status.Publishing
	default:
		return &status.Storage
	}
}
