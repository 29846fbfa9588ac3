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

// controlWindow is how long calls are accepted for a recording that AddRecording added,
// unless its options say otherwise.
const controlWindow = request.DefaultResourceExpiredHour * time.Hour

// age is how long ago a recording that AddRecording adds started, so that it already has
// files.
const age = 10 * time.Minute

// RecordingOptions describe a recording that is already running.
type RecordingOptions struct {
	// AppID, CName, UID and Mode identify the recording. All are required.
	AppID string `json:"appId"`
	CName string `json:"cname"`
	UID   string `json:"uid"`
	Mode  string `json:"mode"`

	// ResourceID and SID are its identifiers. Empty ones are generated.
	ResourceID string `json:"resourceId,omitempty"`
	SID        string `json:"sid,omitempty"`

	// AvFileType are the file types. If it is empty, it is ["hls"], or none if
	// screenshots are taken.
	AvFileType []string `json:"avFileType,omitempty"`
	// StreamMode is default or standard. In individual mode, standard adds an index that
	// combines audio and video. Empty means default.
	StreamMode string `json:"streamMode,omitempty"`
	// Snapshot takes screenshots in individual mode.
	Snapshot bool `json:"snapshot,omitempty"`
	// CaptureInterval is the time between screenshots. Nil means 10s.
	CaptureInterval *metav1.Duration `json:"captureInterval,omitempty"`
	// FileNamePrefix contains the elements of the prefix of its files.
	FileNamePrefix []string `json:"fileNamePrefix,omitempty"`
	// MaxIdleTime is how long the channel may be empty before the recording ends. Nil
	// means 30s.
	MaxIdleTime *metav1.Duration `json:"maxIdleTime,omitempty"`
	// ControlWindow is how long calls for it are accepted from now on. Nil means 72h.
	ControlWindow *metav1.Duration `json:"controlWindow,omitempty"`

	// Scenario is how it continues.
	Scenario
}

var modes = []string{recorder.ModeIndividual, recorder.ModeMix, recorder.ModeWeb}

// validate returns an error if the options are invalid.
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
