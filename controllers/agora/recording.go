// SPDX-License-Identifier: Apache-2.0

package agora

import "cloudrecording.dev/operator/api/v1alpha1"

// Recording identifies a recording to Agora.
type Recording struct {
	AppID      string
	CName      string
	UID        string
	Mode       v1alpha1.RecordingMode
	ResourceID string
	SID        string
}
