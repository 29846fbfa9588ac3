// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"errors"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/agorasim/request"
)

// controlWindow is how long calls for a recording that AddRecording added are
// taken, where its options say nothing else.
const controlWindow = request.DefaultResourceExpiredHour * time.Hour

// age is how long a recording that AddRecording added has been running, so that
// its files are there.
const age = 10 * time.Minute

// RecordingOptions describe a recording that runs already.
type RecordingOptions struct {
	// AppID, CName, UID and Mode identify it. All are needed.
	AppID string `json:"appId"`
	CName string `json:"cname"`
	UID   string `json:"uid"`
	Mode  string `json:"mode"`

	// ResourceID and SID fix its identifiers; made up where empty.
	ResourceID string `json:"resourceId,omitempty"`
	SID        string `json:"sid,omitempty"`

	// AvFileType are the types of files; ["hls"] if empty, and none if there
	// are screenshots.
	AvFileType []string `json:"avFileType,omitempty"`
	// StreamMode is default or standard, which adds an index of audio and video
	// together, in mode individual; default if empty.
	StreamMode string `json:"streamMode,omitempty"`
	// Snapshot takes screenshots, in mode individual.
	Snapshot bool `json:"snapshot,omitempty"`
	// CaptureInterval is the time between screenshots; 10s if nil.
	CaptureInterval *metav1.Duration `json:"captureInterval,omitempty"`
	// FileNamePrefix are the elements of the prefix of its files.
	FileNamePrefix []string `json:"fileNamePrefix,omitempty"`
	// MaxIdleTime is after how long an empty channel ends it; 30s if nil.
	MaxIdleTime *metav1.Duration `json:"maxIdleTime,omitempty"`
	// ControlWindow is how long from now calls for it are taken; 72h if nil.
	ControlWindow *metav1.Duration `json:"controlWindow,omitempty"`

	// Scenario is how it goes on.
	Scenario
}

var modes = []string{recorder.ModeIndividual, recorder.ModeMix, recorder.ModeWeb}

// validate says what is wrong with the options.
func (o RecordingOptions) validate() error {
	if o.AppID == "" || o.CName == "" || !request.IsUID(o.UID) || !slices.Contains(modes, o.Mode) {
		return errors.New("appId, cname, a uid from 1 to 4294967295 and a mode are needed")
	}
	for _, d := range []*metav1.Duration{o.UploadDuration, o.ExitAfter, o.MaxIdleTime} {
		if d != nil && d.Duration < 0 {
			return errors.New("uploadDuration, exitAfter and maxIdleTime must not be negative")
		}
	}
	if o.CaptureInterval != nil && o.CaptureInterval.Duration <= 0 {
		return errors.New("captureInterval must be above 0")
	}
	if !slices.Contains([]string{"", recorder.StreamModeDefault, recorder.StreamModeStandard, recorder.StreamModeOriginal}, o.StreamMode) {
		return errors.New("streamMode must be default, standard or original")
	}
	if o.Slices < 0 {
		return errors.New("slices must not be negative")
	}
	if o.Upload != nil {
		return o.Upload.Validate()
	}
	return nil
}

func (o RecordingOptions) apply(r *recorder.Recorder) {
	begin := r.StartedAt
	r.StartedAt = begin.Add(-age)
	r.RefusedAfter = begin.Add(orElse(o.ControlWindow, controlWindow))
	r.ResourceID = o.ResourceID
	if o.SID != "" {
		r.SID = o.SID
	}
	if len(o.AvFileType) > 0 {
		r.AvFileType = slices.Clone(o.AvFileType)
	}
	r.StreamMode = o.StreamMode
	o.Scenario.apply(r)
	if r.Snapshot = o.Snapshot; r.Snapshot && len(o.AvFileType) == 0 {
		r.AvFileType = nil
	}
	r.CaptureInterval = orElse(o.CaptureInterval, r.CaptureInterval)
	r.FileNamePrefix = slices.Clone(o.FileNamePrefix)
	r.MaxIdleTime = orElse(o.MaxIdleTime, r.MaxIdleTime)
}

func orElse(d *metav1.Duration, otherwise time.Duration) time.Duration {
	if d == nil {
		return otherwise
	}
	return d.Duration
}
