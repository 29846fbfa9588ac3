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

// probedType is a type of notification from which no status can learn anything, so that a
// receiver checks its signature and keeps nothing of it.
const probedType = notifications.UploaderStarted

// Probe is a notification that tries whether a receiver checks signatures as Agora makes
// them. Nobody learns anything from it.
type Probe struct {
	Body []byte

	// Signature is the value of SignatureV2Header.
	Signature string
}

// NewProbe returns a probe about the recording with a sid, signed with the secret of its
// project's notifications. A receiver that knows both answers NothingToLearn, and Forged
// where the secret is another.
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
