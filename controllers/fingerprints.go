// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// fingerprints tell the parts of a recording from what they were before. That of
// a part which the recording does not have is empty.
//
// A status shows them to whoever may read recordings and must not read Secrets.
// Most parts stand in the spec anyway, and a key for the bucket with an stsToken
// is too long and too random to be guessed. The stream key in a CDN address is
// whatever somebody has thought of: its fingerprint is keyed with the account's
// secret, without which no guess can be tried.
type fingerprints [parts]string

// fingerprintVersion begins every fingerprint. Another one is due whenever the same
// spec and Secrets come to make other members of a part: with a new default, a new
// field, another order. A fingerprint of another version tells nothing of whether
// somebody has changed the part, and must not send an update to every recording that
// runs: what is there when this version first sees the recording is taken for what
// Agora has. So an edit that was made while no operator ran, across such a change of
// version, is not sent; whoever made it edits again.
const fingerprintVersion = "1-"

// isComparable says whether a recorded fingerprint tells whether a part has changed.
func isComparable(fingerprint string) bool {
	return fingerprint == uncertain || strings.HasPrefix(fingerprint, fingerprintVersion)
}

// fingerprintBytes is how much of a hash is kept.
const fingerprintBytes = 16

func newFingerprints(uid types.UID, customerSecret string, parameters parameters) fingerprints {
	made := fingerprints{}
	for p, members := range parameters.members {
		if len(members) == 0 || (part(p) == partStorage && !parameters.shortLived) {
			continue
		}
		key := string(uid)
		if part(p) == partPublishing {
			key += "/" + customerSecret
		}
		hash := hmac.New(sha256.New, []byte(key))
		_, _ = hash.Write(members) // never fails
		made[p] = fingerprintVersion + hex.EncodeToString(hash.Sum(nil)[:fingerprintBytes])
	}
	return made
}

// uncertain stands in a status for the fingerprint of a part for which Agora was
// called, and may have what it was sent or not: it is sent it again.
const uncertain = "uncertain"

// applied returns where a status holds the fingerprint of a part.
func applied(status *v1alpha1.AppliedParameters, part part) *string {
	switch part {
	case partSubscription:
		return &status.Subscription
	case partLayout:
		return &status.Layout
	case partPage:
		return &status.Page
	case partPublishing:
		return &status.Publishing
	default:
		return &status.Storage
	}
}
