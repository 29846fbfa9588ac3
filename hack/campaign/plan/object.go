// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// bulkBytes is close to the maximum size of an object's annotations. Tools write that much into
// them.
const bulkBytes = 250 << 10

// NewObject returns the recording's object. An adopting object lacks the identifiers of the
// recording.
func (r Recording) NewObject(bucket *v1alpha1.StorageSpec) *v1alpha1.CloudRecording {
	made := &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{Namespace: r.Place.Secret.Namespace, Name: r.Name()},
		Spec: v1alpha1.CloudRecordingSpec{
			AppID: r.Options.AppID, CName: r.Options.CName, UID: r.Options.UID, Mode: v1alpha1.RecordingMode(r.Options.Mode),
			AsyncStop: ptr.To(r.asyncStop), DeletionPolicy: r.DeletionPolicy,
			CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: r.Place.Secret.Name},
			Upload: v1alpha1.UploadSpec{
				ConfirmTimeout:  &metav1.Duration{Duration: ConfirmTimeout},
				DeletionTimeout: &metav1.Duration{Duration: r.deletionTimeout},
			},
		},
	}
	if r.Stored {
		made.Spec.Storage = bucket.DeepCopy()
		made.Spec.Storage.FileNamePrefix = r.Options.FileNamePrefix
	}
	if r.Outcome.isOfSize() {
		made.Annotations = map[string]string{"campaign.cloudrecording.dev/bulk": strings.Repeat("x", bulkBytes)}
	}
	if r.Starts {
		made.Spec.Start = r.startSpec()
		made.Spec.Storage.CredentialsSecretRef = &v1alpha1.StorageSecretReference{Name: WriterSecret}
	}
	if r.Outcome == OutcomeManySessions {
		r.addSessions(made)
	}
	r.setExpiry(made)
	return made
}

// WrittenStatus returns the status that the object has before any operator sees it, if it has
// one. It describes the object's recording at Agora.
func (r Recording) WrittenStatus(atAgora agorasim.Recording, now time.Time) (v1alpha1.CloudRecordingStatus, bool) {
	switch {
	case r.Outcome == OutcomeManySessions:
		return r.manySessions(now), true
	case r.Outcome.IsAged():
		return r.agedStatus(atAgora, now), true
	default:
		return v1alpha1.CloudRecordingStatus{}, false
	}
}

// Reference returns an empty object with the name of the recording's object.
func (r Recording) Reference() *v1alpha1.CloudRecording {
	reference := &v1alpha1.CloudRecording{}
	reference.Namespace, reference.Name = r.Place.Secret.Namespace, r.objectName()
	return reference
}

// startSpec returns the spec.start of a recording.
func (r Recording) startSpec() *v1alpha1.StartSpec {
	files := &v1alpha1.RecordingFileConfig{}
	for _, fileType := range r.Options.AvFileType {
		files.AVFileType = append(files.AVFileType, v1alpha1.AVFileType(fileType))
	}
	if r.Options.Mode == recorder.ModeWeb {
		return &v1alpha1.StartSpec{RecordingFileConfig: files, ExtensionServiceConfig: &v1alpha1.ExtensionServiceConfig{
			ExtensionServices: []v1alpha1.ExtensionService{{
				ServiceName: "web_recorder_service",
				ServiceParam: v1alpha1.ExtensionServiceParam{
					URL: "https://pages.example.com/", AudioProfile: ptr.To[int32](1),
					VideoWidth: 1280, VideoHeight: 720, MaxRecordingHour: 72,
				},
			}},
		}}
	}
	spec := &v1alpha1.StartSpec{
		RecordingConfig: &v1alpha1.RecordingConfig{
			ChannelType: 1, StreamTypes: 2, MaxIdleTime: int32(r.Options.MaxIdleTime.Duration / time.Second), //nolint:gosec // it is short
		},
		RecordingFileConfig: files,
	}
	r.nameToken(spec)
	if r.Options.Mode == recorder.ModeIndividual {
		spec.RecordingConfig.StreamMode = r.Options.StreamMode
		spec.RecordingConfig.SubscribeUIDGroup = ptr.To[int32](0)
	}
	if r.Options.Snapshot {
		// No files of another kind.
		spec.RecordingFileConfig = nil
		spec.SnapshotConfig = &v1alpha1.SnapshotConfig{
			CaptureInterval: int32(r.Options.CaptureInterval.Duration / time.Second), //nolint:gosec // it is short
			FileType:        []v1alpha1.SnapshotFileType{"jpg"},
		}
	}
	return spec
}

const (
	// sessionsBefore is the maximum number of sessions in a status, including the current one.
	sessionsBefore = 100
	// emptySessions is the number of first sessions in which nothing was recorded.
	emptySessions = 10
	// sessionInterval is the time between the starts of two sessions. sessionLength is long
	// enough that the next session is not delayed.
	sessionInterval = 12 * time.Minute
	sessionLength   = 11 * time.Minute
	// sessionsLeft is how long further sessions may be started, in real time.
	sessionsLeft = 75 * time.Second
	// maxDuration of an object with many sessions counts from the first session.
	maxDuration = sessionsBefore*sessionInterval + sessionsLeft
)

// AlternateUID is the other uid of a recording's sessions.
func (r Recording) AlternateUID() string { return fmt.Sprint(500_000 + r.Index) }

// UIDs are the uids of all of a recording's sessions.
func (r Recording) UIDs() []string { return []string{r.Options.UID, r.AlternateUID()} }

// manySessions returns the status of an object whose last session has just ended.
func (r Recording) manySessions(now time.Time) v1alpha1.CloudRecordingStatus {
	status := v1alpha1.CloudRecordingStatus{ObservedGeneration: 1}
	for i := range sessionsBefore {
		begin := now.Add(-time.Duration(sessionsBefore-i) * sessionInterval)
		status.Sessions = append(status.Sessions, r.earlierSession(i, begin))
	}
	last := len(status.Sessions) - 1
	status.SessionStatus, status.Sessions = status.Sessions[last], status.Sessions[:last]
	return status
}

// at returns a time with the precision of a status.
func at(t time.Time) *metav1.Time { return &metav1.Time{Time: t.Truncate(time.Second)} }

// earlierSession returns a session that has ended and is uploaded. The simulator never knew it.
func (r Recording) earlierSession(i int, begin time.Time) v1alpha1.SessionStatus {
	end := at(begin.Add(sessionLength))
	session := v1alpha1.SessionStatus{
		Phase: v1alpha1.PhaseCompleted, ResourceID: fmt.Sprintf("earlier-%d", i), SID: fmt.Sprintf("%016x%016x", r.Index, i), UID: r.Options.UID,
		AcquiredTime: at(begin), StartRequestedTime: at(begin), StartedTime: at(begin), ResourceExpiredHour: 72,
		StoppedTime: end, StoppedReason: v1alpha1.RecordingEndedReason,
		UploadedTime: end, UploadedReason: v1alpha1.NoRecordedDataReason,
	}
	// The operator still manages the last session, and the bucket has no files of it.
	if i >= emptySessions && i < sessionsBefore-1 {
		session.UploadedReason, session.UploadingStatus = v1alpha1.ReportedByAgoraReason, recorder.UploadingStatusUploaded
		session.FileListFinal = true
		session.FileList = []v1alpha1.RecordedFile{{FileName: fmt.Sprintf("rec/%s_%s.m3u8", session.SID, r.Name())}}
		session.FileCount = int32(len(session.FileList)) //nolint:gosec // it is one
	}
	if i%2 == 1 {
		session.UID = r.AlternateUID()
	}
	for kind, reason := range map[string]string{
		v1alpha1.StoppedCondition: session.StoppedReason, v1alpha1.UploadedCondition: session.UploadedReason, v1alpha1.ReadyCondition: v1alpha1.UploadedReason,
	} {
		session.Conditions = append(session.Conditions, metav1.Condition{
			Type: kind, Status: metav1.ConditionTrue, Reason: reason, Message: "It was so.", LastTransitionTime: *end,
		})
	}
	return session
}

// addSessions makes further sessions follow each other until the object's time is over.
func (r Recording) addSessions(made *v1alpha1.CloudRecording) {
	made.Spec.RestartPolicy = v1alpha1.RestartPolicyAlways
	made.Spec.Start.AlternateUIDs = []string{r.AlternateUID()}
	made.Spec.MaxDuration = ptr.To(metav1.Duration{Duration: maxDuration})
}
