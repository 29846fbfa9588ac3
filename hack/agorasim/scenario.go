// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	// NeverUp has no recorder come up: nothing finds it, and nothing is recorded.
	NeverUp bool

	// Slices is how many slices and screenshots there are in the end.
	Slices int
	// Publishers are the users who publish. NothingRecorded says that nobody does,
	// though the channel is not empty.
	Publishers      []string
	NothingRecorded bool

	// UploadingStatus is the outcome of its upload, and Upload what becomes of its
	// files.
	UploadingStatus string
	Upload          *Upload
	// UploadDuration is how long it uploads after its end, and ExitAfter how long
	// it stays after that.
	UploadDuration, ExitAfter *metav1.Duration

	// ClockOffset is how far the clock of its servers is ahead, by which
	// notifications state times; behind if negative.
	ClockOffset time.Duration
}

// prepare has a recording that starts go as the options say.
func (s *Simulator) prepare(r *recorder, request requestBody) {
	if s.options.Scenario == nil {
		return
	}
	started := StartRequest{AppID: r.appID, CName: r.cname, UID: r.uid}
	started.Token, _ = request.text("token")
	key := request.object("storageConfig")
	started.AccessKey, _ = key.text("accessKey")
	started.SecretKey, _ = key.text("secretKey")
	scenario := s.options.Scenario(started)
	scenario.apply(r)
	if scenario.NeverUp {
		r.neverUp = true
		r.abort(r.startedAt, true)
	}
}

func (c Scenario) apply(r *recorder) {
	if len(c.Publishers) > 0 {
		r.publishers = slices.Clone(c.Publishers)
	}
	if c.NothingRecorded {
		r.publishers = nil
	}
	if c.UploadingStatus != "" {
		r.uploadingStatus = c.UploadingStatus
	}
	if c.Slices > 0 {
		r.slices = c.Slices
	}
	if c.Upload != nil {
		r.upload = *c.Upload
	}
	r.clockOffset = c.ClockOffset
	r.uploadDuration = orElse(c.UploadDuration, r.uploadDuration)
	r.exitAfter = orElse(c.ExitAfter, r.exitAfter)
}

// LatestRecording returns the recording of a channel and uid that began last.
func (s *Simulator) LatestRecording(appID, cname, uid string) (Recording, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.tasks[task{appID, cname, uid}]
	if !ok {
		return Recording{}, false
	}
	return s.snapshot(r, s.clock.Now()), true
}
