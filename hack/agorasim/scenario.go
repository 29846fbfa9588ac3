// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/agorasim/request"
)

// StartRequest is what a request to start says that a Scenario may depend on.
type StartRequest struct {
	// AppID, CName and UID identify the recording.
	AppID, CName, UID string
	// Token is the RTC token, and AccessKey and SecretKey are the key to the
	// bucket. Agora accepts a start with wrong ones: no recorder comes up then.
	Token, AccessKey, SecretKey string
}

// Scenario is how a recording goes. Its zero value leaves all to the simulator's
// options.
type Scenario struct {
	// NeverUp has no recorder of a start come up: nothing finds it, and nothing is recorded.
	NeverUp bool `json:"-"`

	// Slices is how many slices and screenshots there are in the end.
	Slices int `json:"slices,omitempty"`
	// Publishers are the users who publish. NothingRecorded says that nobody does,
	// though the channel is not empty.
	Publishers      []string `json:"publishers,omitempty"`
	NothingRecorded bool     `json:"nothingRecorded,omitempty"`

	// UploadingStatus is the outcome of its upload, and Upload what becomes of its
	// files.
	UploadingStatus string           `json:"uploadingStatus,omitempty"`
	Upload          *recorder.Upload `json:"upload,omitempty"`
	// UploadDuration is how long it uploads after its end, and ExitAfter how long
	// it stays after that.
	UploadDuration *metav1.Duration `json:"uploadDuration,omitempty"`
	ExitAfter      *metav1.Duration `json:"exitAfter,omitempty"`

	// ClockOffset is how far the clock of its servers is ahead, by which
	// notifications state times; behind if negative.
	ClockOffset metav1.Duration `json:"clockOffset,omitzero"`
}

// prepare has a recording that starts go as the options say.
func (s *service) prepare(r *recorder.Recorder, client request.Body) {
	if s.options.Scenario == nil {
		return
	}
	token, _ := client.Text("token")
	scenario := s.options.Scenario(StartRequest{
		AppID: r.AppID, CName: r.CName, UID: r.UID, Token: token, AccessKey: r.Storage.AccessKey, SecretKey: r.Storage.SecretKey,
	})
	scenario.apply(r)
	if scenario.NeverUp {
		r.NeverUp = true
		r.Abort(r.StartedAt, true)
	}
}

func (c Scenario) apply(r *recorder.Recorder) {
	if len(c.Publishers) > 0 {
		r.Publishers = slices.Clone(c.Publishers)
	}
	if c.NothingRecorded {
		r.Publishers = nil
	}
	if c.UploadingStatus != "" {
		r.UploadingStatus = c.UploadingStatus
	}
	if c.Slices > 0 {
		r.Slices = c.Slices
	}
	if c.Upload != nil {
		r.Upload = *c.Upload
	}
	r.ClockOffset = c.ClockOffset.Duration
	r.UploadDuration = orElse(c.UploadDuration, r.UploadDuration)
	r.ExitAfter = orElse(c.ExitAfter, r.ExitAfter)
}
