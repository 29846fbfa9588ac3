// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/agorasim/request"
)

// StartRequest is the part of a start request that a Scenario may depend on.
type StartRequest struct {
	// AppID, CName and UID identify the recording.
	AppID, CName, UID string
	// Token is the RTC token. AccessKey and SecretKey are the key of the bucket. Agora
	// accepts a start with wrong ones, but then no recorder comes up.
	Token, AccessKey, SecretKey string
}

// Scenario is the behavior of a recording. Its zero value leaves everything to the
// simulator's options.
type Scenario struct {
	// NeverUp means that no recorder comes up: the recording is not found, and nothing is
	// recorded.
	NeverUp bool `json:"-"`

	// Slices is the final number of slices and screenshots.
	Slices int `json:"slices,omitempty"`
	// Publishers are the users who publish. NothingRecorded means that nobody publishes
	// although the channel is not empty.
	Publishers      []string `json:"publishers,omitempty"`
	NothingRecorded bool     `json:"nothingRecorded,omitempty"`

	// UploadingStatus is the outcome of the upload, and Upload describes what happens to
	// the files.
	UploadingStatus string           `json:"uploadingStatus,omitempty"`
	Upload          *recorder.Upload `json:"upload,omitempty"`
	// UploadDuration is how long the recorder uploads after its end, and ExitAfter how
	// long it stays after the upload.
	UploadDuration *metav1.Duration `json:"uploadDuration,omitempty"`
	ExitAfter      *metav1.Duration `json:"exitAfter,omitempty"`

	// ClockOffset is how far the clock of its servers is ahead. It affects the times in
	// notifications. Negative means that the clock is behind.
	ClockOffset metav1.Duration `json:"clockOffset,omitzero"`
}

// prepare applies the scenario from the options to a new recording.
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
