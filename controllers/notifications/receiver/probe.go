// SPDX-License-Identifier: Apache-2.0

package receiver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"cloudrecording.dev/operator/controllers/notifications"
)

// probedType is a type of notification that never changes a status. A receiver checks its
// signature and stores nothing.
const probedType = notifications.UploaderStarted

// Probe is a notification that tests whether a receiver checks signatures as Agora makes
// them. It changes nothing.
type Probe struct {
	Body []byte

	// Signature is the value of SignatureV2Header.
	Signature string
}

// NewProbe returns a probe about the recording with this sid, signed with the secret of
// its project's notifications. A receiver that knows both answers NothingToLearn. It
// answers Forged if its secret differs.
func NewProbe(sid string, secret []byte) (Probe, error) {
	body, err := json.Marshal(map[string]any{
		"noticeId": "probe", "productId": 3, "eventType": probedType,
		"payload": map[string]any{"sid": sid, "cname": "probe", "uid": "0", "details": map[string]any{}},
	})
	if err != nil {
		return Probe{}, fmt.Errorf("write the probe: %w", err)
	}
	mac := hmac.New(sha256.New, secret)
	_, _ = mac.Write(body) // never fails
	return Probe{Body: body, Signature: hex.EncodeToString(mac.Sum(nil))}, nil
}
