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

// Fingerprints tell the parts of a recording from what they were before. That of
// a part which the recording does not have is empty.
//
// A status shows them to whoever may read recordings and must not read Secrets.
// Most parts stand in the spec anyway, and a key for the bucket with an stsToken
// is too long and too random to be guessed. The stream key in a CDN address is
// whatever somebody has thought of: its fingerprint is keyed with the account's
// secret, without which no guess can be tried.
type Fingerprints [Sections]string

// fingerprintVersion begins every fingerprint. Another one is due whenever the same
// spec and Secrets come to make other members of a part: with a new default, a new
// field, another order. A fingerprint of another version tells nothing of whether
// somebody has changed the part, and must not send an update to every recording that
// runs: what is there when this version first sees the recording is taken for what
// Agora has. So an edit that was made while no operator ran, across such a change of
// version, is not sent; whoever made it edits again.
const fingerprintVersion = "1-"

// IsComparable says whether a recorded fingerprint tells whether a part has changed.
func IsComparable(fingerprint string) bool {
	return fingerprint == Uncertain || strings.HasPrefix(fingerprint, fingerprintVersion)
}

// fingerprintBytes is how much of a hash is kept.
const fingerprintBytes = 16

// NewFingerprints returns the fingerprints of what an update can send, keyed with the
// account's secret, so that nobody can guess what they are of.
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

// Uncertain stands in a status for the fingerprint of a part for which Agora was
// called, and may have what it was sent or not: it is sent it again.
const Uncertain = "uncertain"

// Applied returns where a status holds the fingerprint of a part.
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
